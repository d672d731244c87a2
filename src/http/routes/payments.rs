use super::Tag;
use crate::http::{
    Parts,
    body::RawBody,
    conversation::Talk,
    error::{ApiError, Notifying},
};
use poem::Request;
use poem_openapi::{Object, OpenApi, payload::Json};
use std::sync::Arc;

/// That a notification was taken in.
#[derive(Object)]
struct Taken {
    /// Always `ok`.
    status: String,
}

pub(in crate::http) struct PaymentRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/payments", tag = "Tag::Payments")]
impl PaymentRoutes {
    /// Take a notification of Midtrans in.
    ///
    /// The body is Midtrans' own JSON, at most 64 KiB, kept byte by byte before anything is made of it. It proves itself by its
    /// signature. What it says is not believed: the gateway is asked afterwards.
    #[oai(
        path = "/midtrans/notifications",
        method = "post",
        operation_id = "record_midtrans_notification"
    )]
    async fn notify(
        &self,
        request: &Request,
        body: RawBody,
    ) -> Result<Json<Taken>, ApiError<Notifying>> {
        let talk = request
            .data::<Talk>()
            .expect("every request has its conversation");
        self.0
            .notifications
            .receive(&body.0, talk.request_id, talk.correlation_id)
            .await?;
        Ok(Json(Taken {
            status: "ok".into(),
        }))
    }
}
