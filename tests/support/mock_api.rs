//! Both providers' APIs on loopback: enough for the real clients to work without an account.
//!
//! The last prompt picks what is answered with `mock:NAME` (see `reply`). Every request is kept,
//! so that tests can assert what a client really sent.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::reply::{self, Kind};
use super::terminal::PATIENCE;

/// Characters of a request that a failed test shows.
const SHOWN_MAX: usize = 2000;

/// A running mock. It listens until the test process ends.
#[derive(Clone)]
pub struct MockApi {
    port: u16,
    /// The bodies of all requests; null where there is none or it is not JSON.
    requests: Arc<Mutex<Vec<Value>>>,
}

impl MockApi {
    /// Starts the mock on a free port of 127.0.0.1.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let api = Self { port, requests: Arc::default() };
        let server = api.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                // A client that hangs up in mid-answer is a normal thing here.
                thread::spawn(move || server.serve(stream).unwrap_or_default());
            }
        });
        api
    }

    /// The base address, without a path.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits for a request to a model whose body contains all these texts. A client asks for more
    /// than replies: for a title it sends the prompt alone.
    #[track_caller]
    pub fn wait_for(&self, texts: &[&str]) -> Value {
        let end = Instant::now() + PATIENCE;
        let is_it = |body: &&Value| texts.iter().all(|text| holds(body, text));
        loop {
            if let Some(body) = self.requests.lock().unwrap().iter().find(is_it) {
                return body.clone();
            }
            assert!(Instant::now() < end, "no request with {texts:?}, but {:#?}", self.near(texts));
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The requests that hold one of these texts, cut to what can be read, and what they lack.
    fn near(&self, texts: &[&str]) -> Vec<String> {
        let about = |body: &Value| {
            let lacks: Vec<_> = texts.iter().filter(|text| !holds(body, text)).collect();
            let text: String = body.to_string().chars().take(SHOWN_MAX).collect();
            (lacks.len() < texts.len()).then(|| format!("lacks {lacks:?}: {text}"))
        };
        self.requests.lock().unwrap().iter().filter_map(about).collect()
    }

    /// Whether any request so far held this text.
    pub fn heard(&self, text: &str) -> bool {
        self.requests.lock().unwrap().iter().any(|body| holds(body, text))
    }

    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        loop {
            let Some((method, path, body)) = read_request(&mut reader)? else { return Ok(()) };
            let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
            self.requests.lock().unwrap().push(body.clone());
            let route = path.split('?').next().unwrap_or("");
            if method == "POST" && route.ends_with("/v1/messages") {
                return answer_messages(&mut stream, &body);
            }
            if method == "POST" && route.ends_with("/responses") {
                return answer_responses(&mut stream, &body);
            }
            if method == "POST" && route.ends_with("GenerateContent") {
                return answer_gemini(&mut stream, &body);
            }
            let (status, answer) = other(&method, route);
            send_json(&mut stream, status, &answer, &[])?;
        }
    }
}

/// Whether a text occurs in any string of a JSON value.
pub fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(s) => s.contains(text),
        Value::Array(items) => items.iter().any(|v| holds(v, text)),
        Value::Object(map) => map.values().any(|v| holds(v, text)),
        _ => false,
    }
}

fn other(method: &str, route: &str) -> (u16, Value) {
    if route.ends_with("/count_tokens") {
        return (200, json!({ "input_tokens": 1234 }));
    }
    if method == "GET" && route.ends_with("/models") {
        let ids = ["claude-opus-4-8", "claude-haiku-4-5", "gpt-5.5"];
        let data: Vec<_> = ids
            .iter()
            .map(|id| json!({ "id": id, "type": "model", "display_name": id, "object": "model" }))
            .collect();
        let list = json!({ "object": "list", "has_more": false, "data": data, "models": [] });
        return (200, list);
    }
    (if method == "HEAD" { 200 } else { 404 }, json!({}))
}

type RawRequest = (String, String, Vec<u8>);

fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<RawRequest>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some((method, path, body)))
}

fn send_json(
    out: &mut impl Write,
    status: u16,
    body: &Value,
    headers: &[(&str, &str)],
) -> std::io::Result<()> {
    let body = body.to_string();
    write!(out, "HTTP/1.1 {status} Mock\r\ncontent-type: application/json\r\n")?;
    for (name, value) in headers {
        write!(out, "{name}: {value}\r\n")?;
    }
    write!(out, "content-length: {}\r\n\r\n{body}", body.len())?;
    out.flush()
}

/// A stream of server-sent events.
struct Events<'a, W: Write>(&'a mut W);

impl<'a, W: Write> Events<'a, W> {
    fn start(out: &'a mut W) -> std::io::Result<Self> {
        out.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n",
        )?;
        Ok(Self(out))
    }

    fn send(&mut self, kind: &str, mut fields: Value) -> std::io::Result<()> {
        fields["type"] = kind.into();
        write!(self.0, "event: {kind}\ndata: {fields}\n\n")?;
        self.0.flush()
    }

    /// Streams a text as deltas, slowly where the behaviour says so.
    fn stream(&mut self, kind: Kind, text: &str, delta: &Delta<'_>) -> std::io::Result<()> {
        let (size, pause) = kind.pace();
        let letters: Vec<char> = text.chars().collect();
        thread::sleep(THINKS);
        for part in letters.chunks(size) {
            let (name, fields) = delta(part.iter().collect());
            self.send(name, fields)?;
            thread::sleep(pause);
        }
        Ok(())
    }
}

/// No model answers at once, and a turn shorter than this may pass without a client's title ever
/// telling of it.
const THINKS: Duration = Duration::from_millis(500);

type Delta<'a> = dyn Fn(String) -> (&'static str, Value) + 'a;

fn answer_messages(out: &mut impl Write, body: &Value) -> std::io::Result<()> {
    let asked = reply::claude_asked(body);
    if let Some(error) = asked.kind.claude_error() {
        let headers: &[_] = match asked.kind {
            Kind::RateLimit => &[("retry-after", "1")],
            _ => &[("x-should-retry", "false")],
        };
        return send_json(out, error.status, &error.body, headers);
    }
    let usage = json!({ "input_tokens": 1200, "output_tokens": 42, "service_tier": "standard" });
    let (content, stop) = reply::claude_content(&asked);
    let mut message = json!({
        "id": reply::id("msg_"), "type": "message", "role": "assistant", "model": body["model"],
        "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage,
    });
    if body["stream"] != json!(true) {
        message["content"] = content.into();
        message["stop_reason"] = stop.into();
        return send_json(out, 200, &message, &[]);
    }
    let mut events = Events::start(out)?;
    events.send("message_start", json!({ "message": message }))?;
    for (index, block) in content.iter().enumerate() {
        let mut empty = block.clone();
        match block["type"].as_str() {
            Some("text") => empty["text"] = "".into(),
            _ => empty["input"] = json!({}),
        }
        events.send("content_block_start", json!({ "index": index, "content_block": empty }))?;
        if let Some(text) = block["text"].as_str() {
            events.stream(asked.kind, text, &|part| {
                let delta = json!({ "type": "text_delta", "text": part });
                ("content_block_delta", json!({ "index": index, "delta": delta }))
            })?;
        } else {
            let input = block["input"].to_string();
            let delta = json!({ "type": "input_json_delta", "partial_json": input });
            events.send("content_block_delta", json!({ "index": index, "delta": delta }))?;
        }
        events.send("content_block_stop", json!({ "index": index }))?;
    }
    let delta = json!({ "stop_reason": stop, "stop_sequence": null });
    events.send("message_delta", json!({ "delta": delta, "usage": usage }))?;
    events.send("message_stop", json!({}))
}

fn answer_responses(out: &mut impl Write, body: &Value) -> std::io::Result<()> {
    let asked = reply::codex_asked(body);
    if let Some(error) = asked.kind.codex_error() {
        return send_json(out, error.status, &error.body, &[("retry-after", "1")]);
    }
    let items = reply::codex_items(&asked);
    let mut response = json!({
        "id": reply::id("resp_"), "object": "response", "model": body["model"],
        "status": "in_progress", "output": [],
    });
    let mut events = Events::start(out)?;
    events.send("response.created", json!({ "response": response }))?;
    for (index, item) in items.iter().enumerate() {
        let mut shell = item.clone();
        shell["status"] = "in_progress".into();
        let text = item["content"][0]["text"].as_str();
        if text.is_some() {
            shell["content"] = json!([]);
        }
        let added = json!({ "output_index": index, "item": shell });
        events.send("response.output_item.added", added)?;
        if let Some(text) = text {
            events.stream(asked.kind, text, &|part| {
                let fields = json!({
                    "item_id": item["id"], "output_index": index, "content_index": 0, "delta": part,
                });
                ("response.output_text.delta", fields)
            })?;
        }
        let done = json!({ "output_index": index, "item": item });
        events.send("response.output_item.done", done)?;
    }
    response["status"] = "completed".into();
    response["output"] = items.into();
    response["usage"] = json!({
        "input_tokens": 1500, "input_tokens_details": { "cached_tokens": 900 },
        "output_tokens": 42, "output_tokens_details": { "reasoning_tokens": 0 },
        "total_tokens": 1542,
    });
    events.send("response.completed", json!({ "response": response }))
}

/// Gemini's API: the reply in pieces, each a whole answer.
fn answer_gemini(out: &mut impl Write, body: &Value) -> std::io::Result<()> {
    let (kind, text) = reply::gemini(body);
    let (size, pause) = kind.pace();
    out.write_all(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n",
    )?;
    let letters: Vec<char> = text.chars().collect();
    let parts: Vec<String> = letters.chunks(size).map(|part| part.iter().collect()).collect();
    for (n, text) in parts.iter().enumerate() {
        let content = json!({ "role": "model", "parts": [{ "text": text }] });
        let mut candidate = json!({ "index": 0, "content": content });
        if n + 1 == parts.len() {
            candidate["finishReason"] = "STOP".into();
        }
        write!(out, "data: {}\r\n\r\n", json!({ "candidates": [candidate] }))?;
        out.flush()?;
        thread::sleep(pause);
    }
    Ok(())
}
