//! The listener: connections in, and over each the requests.

use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

#[cfg(feature = "realtime")]
use crate::realtime;
use crate::service::MockService;
use crate::wire::{BreakableStream, Breaker};

/// Serves until `stop` is dropped. The caller's runtime then drops the tasks that still run, and with them all connections.
pub(super) async fn serve(listener: std::net::TcpListener, service: Arc<MockService>, stop: oneshot::Receiver<()>) {
    tokio::spawn(accept(listener, service));
    drop(stop.await);
}

async fn accept(listener: std::net::TcpListener, service: Arc<MockService>) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
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
