//! pagemill-gateway
