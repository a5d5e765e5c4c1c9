//! The little of the WebDriver protocol that the tests need.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::Outcome;

/// The programs of the browser.
pub(super) struct Programs<'a> {
    pub(super) driver: &'a Path,
    pub(super) chromium: &'a Path,
}

/// Chromium without what it does by itself.
const ARGUMENTS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=760,800",
];

/// A browser, which ends when this is dropped.
pub(super) struct Session {
    driver: Child,
    port: u16,
    id: String,
    profile: PathBuf,
}

impl Session {
    pub(super) fn start(programs: &Programs<'_>) -> Outcome<Self> {
        let mut driver = Command::new(programs.driver).arg("--port=0").stdout(Stdio::piped()).spawn()?;
        let output = BufReader::new(driver.stdout.take().ok_or("chromedriver has no output")?);
        let profile = std::env::temp_dir().join(format!("openai-ext-browser-{}", std::process::id()));
        let mut session = Self { driver, port: 0, id: String::new(), profile };
        let started = output.lines().map_while(Result::ok).find_map(|line| {
            let port = line.split_once("successfully on port ")?.1;
            port.trim_end_matches('.').parse().ok()
        });
        session.port = started.ok_or("chromedriver did not tell its port")?;
        fs::create_dir_all(&session.profile)?;
        let profile = format!("--user-data-dir={}", session.profile.display());
        let arguments: Vec<&str> = ARGUMENTS.iter().copied().chain([profile.as_str()]).collect();
        let chrome = json!({"binary": programs.chromium, "args": arguments});
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": chrome}}});
        let made = session.request("POST", "/session", &wanted)?;
        made["sessionId"].as_str().ok_or("the browser did not start")?.clone_into(&mut session.id);
        Ok(session)
    }

    pub(super) fn open(&mut self, url: &str) -> Outcome<()> {
        self.command("POST", "/url", &json!({"url": url})).map(|_| ())
    }

    /// Returns the value of an expression as text.
    pub(super) fn read(&mut self, expression: &str) -> Outcome<String> {
        let script = json!({"script": format!("return String({expression});"), "args": []});
        let value = self.command("POST", "/execute/sync", &script)?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// Returns the picture of the page, as PNG.
    pub(super) fn screenshot(&mut self) -> Outcome<Vec<u8>> {
        let value = self.command("GET", "/screenshot", &Value::Null)?;
        Ok(BASE64.decode(value.as_str().ok_or("no picture")?)?)
    }

    fn command(&mut self, method: &str, path: &str, body: &Value) -> Outcome<Value> {
        let path = format!("/session/{}{path}", self.id);
        self.request(method, &path, body)
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> Outcome<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let head = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n");
        write!(stream, "{head}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())?;
        let mut reader = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer)?;
        let value = serde_json::from_slice::<Value>(&answer)?["value"].take();
        match value.get("error").and_then(Value::as_str) {
            Some(error) => Err(format!("{method} {path}: {error}: {}", value["message"]).into()),
            None => Ok(value),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The browser goes with its session, and then the driver. Whatever is gone already need not be ended.
        if !self.id.is_empty() {
            let _ = self.request("DELETE", &format!("/session/{}", self.id), &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}
