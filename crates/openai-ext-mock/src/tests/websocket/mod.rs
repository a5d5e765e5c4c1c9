//! The WebSockets, over a real client. Each event of the server is checked against the document.

mod client;
mod connection_scripts_tests;
mod handshake_tests;
mod response_socket_tests;
mod sessions_tests;
mod voice_tests;
