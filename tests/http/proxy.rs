//! A long wire between the service and its database, so that a round trip can be seen.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// The same URL through a wire on which each byte takes `delay`, however many are on their way.
pub(super) async fn far_away(url: &str, delay: Duration) -> String {
    let (user, rest) = url.rsplit_once('@').expect("the URL names a user");
    let (host, database) = rest.split_once('/').expect("the URL names a database");
    let host = host.to_owned();
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a free port");
    let here = listener.local_addr().expect("a listener has an address");
    tokio::spawn(async move {
        loop {
            let (near, _) = listener.accept().await.expect("loopback works");
            let far = TcpStream::connect(&host).await.expect("Postgres listens");
            for stream in [&near, &far] {
                stream
                    .set_nodelay(true)
                    .expect("TCP can be told not to wait");
            }
            let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
            carry(near_in, far_out, delay);
            carry(far_in, near_out, delay);
        }
    });
    format!("{user}@{here}/{database}")
}

/// Reading goes on while earlier bytes are still on their way: a wire delays, it does not queue.
fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Duration) {
    let (send, mut receive) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        let mut buffer = [0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let _ = send.send((Instant::now() + delay, buffer[..read].to_vec()));
        }
    });
    tokio::spawn(async move {
        while let Some((at, bytes)) = receive.recv().await {
            sleep_until(at).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
}
