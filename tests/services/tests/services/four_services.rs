//! The whole cluster from outside: planner, worker, generator and gateway as processes over real servers, and everything
//! asked over HTTP as a user would. A PDF lies in a bucket; a job brings it in; it is found and cited.

use crate::http::Http;
use crate::programs::{BUCKET, Programs, program, sample, start, stop};
use pagemill_test_servers::free_port;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::process::Command;

const SAMPLE: &str = "supply-contract.pdf";
const QUESTION: &str = "How long is the warranty period in the framework supply agreement?";
const READY_WITHIN: Duration = Duration::from_secs(120);
const DONE_WITHIN: Duration = Duration::from_secs(240);

fn source() -> String {
    format!("s3://{BUCKET}/in")
}

/// A key and its hash, as the program makes them.
async fn new_key() -> (String, String) {
    let made = Command::new(program("pagemill-gateway")).arg("key").output().await.expect("runs");
    let said = String::from_utf8(made.stdout).expect("UTF-8");
    let key = said.split_whitespace().find(|word| word.starts_with("pm_")).expect("a key");
    let hash = said.split('"').find(|word| word.starts_with("blake3:")).expect("a hash");
    (key.to_owned(), hash.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pdf_in_a_bucket_is_brought_in_found_and_cited_over_http() {
    let programs = Programs::start().await;
    let url = programs.postgres.database("pagemill").await.expect("a database");
    programs.objects(&source()).await.put(SAMPLE, &sample(SAMPLE)).await.expect("put");

    let (index, queue) = (programs.index(&[&programs.meilisearch.url()], ""), programs.queue());
    let (models, health, web) =
        (free_port().expect("a port"), free_port().expect("a port"), free_port().expect("a port"));
    let (key_of_user, hash) = new_key().await;
    let (key_of_metrics, metrics_hash) = new_key().await;
    let generator = programs.folder.path().join("generator.toml");
    let own = format!(
        "[server]\naddress = '127.0.0.1:{models}'\nhttp_address = '127.0.0.1:{health}'\n[embedder]\n[log]\nlevel = 'warn'\n"
    );
    std::fs::write(&generator, own).expect("written");
    let planner = programs.configuration("planner.toml", &url, &queue).await;
    let worker = programs.configuration("worker.toml", &url, &format!("{index}{queue}")).await;
    let own = format!(
        "{index}[gateway]\naddress = '127.0.0.1:{web}'\n\
         [[gateway.keys]]\nname = 'user'\nhash = '{hash}'\nread = ['contracts']\nwrite = ['contracts']\n\
         [[gateway.keys]]\nname = 'prometheus'\nhash = '{metrics_hash}'\nmetrics = true\n\
         [generator.service]\nurl = 'http://127.0.0.1:{models}'\n[embedder.service]\nurl = 'http://127.0.0.1:{models}'\n\
         [log]\nlevel = 'warn'\n"
    );
    let gateway = programs.configuration("gateway.toml", &url, &own).await;
    let running = [
        ("pagemill-generator", start("pagemill-generator", &generator)),
        ("pagemill-planner", start("pagemill-planner", &planner)),
        ("pagemill-worker", start("pagemill-worker", &worker)),
        ("pagemill-gateway", start("pagemill-gateway", &gateway)),
    ];

    let http = Http::to(web, Some(key_of_user));
    http.until_ready("/readyz", READY_WITHIN).await;
    bring_in(&http).await;
    find_and_cite(&http).await;

    let nobody = Http::to(web, None);
    assert_eq!(nobody.get("/api/v1/jobs").await.status, 401);
    assert_eq!(nobody.get("/metrics").await.status, 401);
    let metrics = Http::to(web, Some(key_of_metrics)).get("/metrics").await;
    assert!(
        metrics.status == 200 && metrics.body.contains("pagemill_http_requests_total"),
        "{}",
        metrics.body
    );
    for (name, child) in running {
        stop(name, child).await;
    }
}

/// Forecast, start, follow to the end.
async fn bring_in(http: &Http) {
    let asked = json!({ "source": source(), "collection": "contracts" });
    let forecast = http.post("/api/v1/jobs/forecast", &asked, None).await.json();
    assert_eq!((&forecast["documents"], &forecast["rejected"]), (&json!(1), &json!(0)), "{forecast}");
    let pages = forecast["pages"]["value"].clone();

    let started = http.post("/api/v1/jobs", &asked, Some("one job only")).await;
    assert_eq!(started.status, 202, "{}", started.body);
    let again = http.post("/api/v1/jobs", &asked, Some("one job only")).await;
    let job = started.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(again.json()["id"], json!(job), "the same key starts one job");
    let last: Value =
        http.events(&format!("/api/v1/jobs/{job}/events"), DONE_WITHIN).await.pop().expect("an event");
    assert_eq!((&last["state"], &last["counts"]["totals"]["indexed"]), (&json!("done"), &json!(1)), "{last}");
    assert_eq!(last["counts"]["totals"]["pages"].as_f64(), pages.as_f64(), "as it was forecast");
}

async fn find_and_cite(http: &Http) {
    let query = json!({ "query": "warranty period", "limit": 3 });
    let found = http.post("/api/v1/search", &query, None).await.json();
    assert_eq!(found["hits"][0]["document"]["key"], json!(SAMPLE), "{found}");
    let answer = http.post("/api/v1/ask", &json!({ "question": QUESTION }), None).await.json();
    assert_ne!(answer["kind"], json!("not_found"), "{answer}");
    let cited = &answer["citations"][0];
    assert_eq!(
        (&cited["document"]["key"], &cited["document"]["collection"]),
        (&json!(SAMPLE), &json!("contracts"))
    );
    assert!(answer["claims"][0]["citations"][0].is_number(), "{answer}");
    assert!(answer.to_string().contains("36 months"), "{answer}");
}
