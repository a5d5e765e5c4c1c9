//! Taking away what a run leaves behind.

use super::work::Work;
use crate::{ErrorKind, Result};

/// Deletes the files that the run used, on the server and here. It may have been begun before.
#[inline]
pub(super) async fn clean_up(work: &Work) -> Result<()> {
    work.store.update(|state| state.cleaning = true).await?;
    let state = work.store.state().await;
    for part in &state.parts {
        let mut ids = vec![part.input_file_id.clone()];
        if let Some(batch_id) = &part.batch_id {
            match work.client.batches().retrieve(batch_id).send().await {
                Ok(batch) => ids.extend([batch.output_file_id, batch.error_file_id]),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        for id in ids.into_iter().flatten().filter(|id| !id.is_empty()) {
            delete(work, &id).await?;
        }
    }
    work.store.remove().await
}

#[inline]
async fn delete(work: &Work, file_id: &str) -> Result<()> {
    match work.client.files().delete(file_id).send().await {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
