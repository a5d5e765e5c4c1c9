//! The listener: connections in, and over each the requests.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;

#[cfg(feature = "realtime")]
use crate::realtime;
use crate::service::MockService;
use crate::wire::{BreakableStream, Breaker};

/// The connections that may wait to be accepted, if the system allows as many. With the usual 128, a thousand clients at once
/// lose handshakes, and the kernel may keep a connection open whose client is gone.
const BACKLOG: u32 = 4096;

/// Listens on an address, within a runtime.
pub(super) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As the standard library does: on Windows it would take the port of another program.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop` is dropped. The caller's runtime then drops the tasks that still run, and with them all connections.
pub(super) async fn serve(listener: TcpListener, service: Arc<MockService>, stop: oneshot::Receiver<()>) {
    tokio::spawn(accept(listener, service));
    drop(stop.await);
}

async fn accept(listener: TcpListener, service: Arc<MockService>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(connection(stream, Arc::clone(&service)))),
            // Out of file descriptors, most likely: some will come back.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connection(stream: TcpStream, service: Arc<MockService>) {
    // Without this the small frames of an event stream wait for each other's acknowledgement.
    drop(stream.set_nodelay(true));
    let open = Arc::new(service.open());
    let breaker = Breaker::default();
    let answer = service_fn(|request| {
        let breaker = breaker.clone();
        let service = Arc::clone(&service);
        #[cfg(feature = "realtime")]
        let open = Arc::clone(&open);
        async move {
            #[cfg(feature = "realtime")]
            if realtime::is_meant(&request) {
                return realtime::accept(service, open, request).await;
            }
            let answered = service.respond(request).await;
            answered.map(|response| response.map(|body| body.over(&breaker)))
        }
    });
    let stream = BreakableStream::new(stream, breaker.clone());
    let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
    #[cfg(feature = "realtime")]
    let served = served.with_upgrades();
    // A client that goes away is no fault of the server.
    drop(served.await);
    // A WebSocket has its own share of it, and is counted until it is closed.
    drop(open);
}
