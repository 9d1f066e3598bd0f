//! A listener: a login that keeps what it is notified of.

use std::future::poll_fn;

use bulkhead::config::Plane;
use secrecy::ExposeSecret;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_postgres::{AsyncMessage, Client, NoTls};

use super::world::World;

/// A raw login of the API plane, and what it is notified of.
pub(crate) async fn listener(world: &World) -> (Client, UnboundedReceiver<String>) {
    let config = world.database.config();
    let url = config.plane_url(Plane::Api).expect("every plane has a URL");
    #[expect(
        clippy::disallowed_methods,
        reason = "only so can notifications be had"
    )]
    let connected = tokio_postgres::connect(url.expose_secret(), NoTls).await;
    let (client, mut connection) = connected.expect("the plane can connect");
    let (send, heard) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
            if let AsyncMessage::Notification(note) = message {
                let _ = send.send(format!("{} {}", note.channel(), note.payload()));
            }
        }
    });
    (client, heard)
}
