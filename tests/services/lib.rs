//! Nothing: the tests against real servers are in `tests/`, and `make test-services` runs them. They start the servers they
//! need through `pagemill-test-servers`. `make test` leaves this package out, since it needs `make servers` first.
