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

# So many customers for so many days, and everything that goes wrong; the seed repeats them
simulate customers='100' days='365' seed='20300101':
    SIMULATION_CUSTOMERS={{customers}} SIMULATION_DAYS={{days}} PURSER_SEED={{seed}} cargo test --test it simulation -- --nocapture

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
