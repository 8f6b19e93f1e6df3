//! wdsocket.
