# Needs Rust, and Python 3 with pip where PostgreSQL or nats-server are not installed.

# What there is to run
default:
    @just --list

# Everything on this machine, with stand-ins for what is outside of it
dev *args:
    cargo run -- dev {{args}}

# The whole suite
test *args:
    cargo test {{args}}

# What a change must pass
ci:
    .ci/run

# Figures side by side in one run; `just bench --quick` takes half a minute
bench *args:
    cargo bench --bench purser -- {{args}}

# Format the sources
fmt:
    cargo fmt --all

# Clippy on everything, with the stand-ins and without them
lint:
    cargo clippy --workspace --all-targets -- -D warnings
    cargo clippy --workspace --no-default-features -- -D warnings
