//! A batch run of a few thousand requests; `batch_scale` does the same with many more.

use std::error::Error;

use acceptance::batches::{self, Report};
use openai_ext::Client;
use openai_ext_mock::MockServer;

#[tokio::test]
async fn three_thousand_requests_in_three_batches() -> Result<(), Box<dyn Error + Send + Sync>> {
    for in_order in [false, true] {
        let mock = MockServer::builder().keep_requests(0).start().await?;
        let client = Client::builder().strict_decoding(true).base_url(mock.base_url()).api_key("any").build()?;
        let report = batches::run(&client, 3000, 1000, in_order, None).await?;
        assert_eq!(report, Report { answered: 3000, failed: 0, twice: 0, batches: 3, paid: 3, parts: 3 });
    }
    Ok(())
}
