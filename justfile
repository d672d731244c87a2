# Every recipe runs on a machine with Rust alone; PostgreSQL and nats-server are found or fetched.

# What there is to run
default:
    @just --list

# Everything on this machine: embedded servers, stand-ins, the API
dev *args:
    cargo run -- dev {{args}}

# All tests
test *args:
    cargo test {{args}}

# What CI runs
ci: fmt-check lint test

# Figures side by side, in one run; `just bench --quick` takes half a minute
bench *args:
    cargo bench --bench purser -- {{args}}

# Format the sources
fmt:
    cargo fmt --all

# Fail where the sources are not formatted
fmt-check:
    cargo fmt --all -- --check

# Clippy on everything, warnings are errors
lint:
    cargo clippy --workspace --all-targets -- -D warnings
