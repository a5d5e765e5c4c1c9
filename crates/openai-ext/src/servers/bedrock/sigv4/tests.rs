//! The test suite that AWS publishes for its signatures: requests to `example.amazonaws.com` at 2015-08-30T12:36:00Z, in the
//! region `us-east-1` for the service `service`. Left out are the cases of paths that are not normalized, which is for
//! another service, and of a value over several lines, which no header can have. `get-space-normalized` has its path as text,
//! because a path is encoded once more than it is given.

use std::time::{Duration, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use super::*;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A case: its name, method, target, headers besides the host and the date, body, whether the digest of the body is a header,
/// the token of the session, and the signature.
struct Case {
    name: &'static str,
    method: &'static str,
    target: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: Option<&'static str>,
    token: Option<&'static str>,
    signature: &'static str,
}

const TOKEN_1: &str = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
const TOKEN_2: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

const CASES: &[Case] = &[
    Case {
        name: "get-header-key-duplicate",
        method: "GET",
        target: "/",
        headers: &[("my-header1", "value2"), ("my-header1", "value2"), ("my-header1", "value1")],
        body: None,
        token: None,
        signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    },
    Case {
        name: "get-header-value-order",
        method: "GET",
        target: "/",
        headers: &[
            ("my-header1", "value4"),
            ("my-header1", "value1"),
            ("my-header1", "value3"),
            ("my-header1", "value2"),
        ],
        body: None,
        token: None,
        signature: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
    },
    Case {
        name: "get-header-value-trim",
        method: "GET",
        target: "/",
        headers: &[("my-header1", " value1"), ("my-header2", " \"a   b   c\"")],
        body: None,
        token: None,
        signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    },
    Case {
        name: "get-relative-normalized",
        method: "GET",
        target: "/example/..",
        headers: &[],
        body: None,
        token: None,
        signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    },
    Case {
        name: "get-relative-relative-normalized",
        method: "GET",
        target: "/example1/example2/../..",
        headers: &[],
        body: None,
        token: None,
        signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    },
    Case {
        name: "get-slash-dot-slash-normalized",
        method: "GET",
        target: "/./",
        headers: &[],
        body: None,
        token: None,
        signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    },
    Case {
        name: "get-slash-normalized",
        method: "GET",
        target: "//",
        headers: &[],
        body: None,
        token: None,
        signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    },
    Case {
        name: "get-slash-pointless-dot-normalized",
        method: "GET",
        target: "/./example",
        headers: &[],
        body: None,
        token: None,
        signature: "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
    },
    Case {
        name: "get-slashes-normalized",
        method: "GET",
        target: "//example//",
        headers: &[],
        body: None,
        token: None,
        signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
    },
    Case {
        name: "get-space-normalized",
        method: "GET",
        target: "/example space/",
        headers: &[],
        body: None,
        token: None,
        signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
    },
    Case {
        name: "get-unreserved",
        method: "GET",
        target: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        headers: &[],
        body: None,
        token: None,
        signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    },
    Case {
        name: "get-utf8",
        method: "GET",
        target: "/ሴ",
        headers: &[],
        body: None,
        token: None,
        signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
    },
    Case {
        name: "get-vanilla",
        method: "GET",
        target: "/",
        headers: &[],
        body: None,
        token: None,
        signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    },
    Case {
        name: "get-vanilla-empty-query-key",
        method: "GET",
        target: "/?Param1=value1",
        headers: &[],
        body: None,
        token: None,
        signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
    },
    Case {
        name: "get-vanilla-query",
        method: "GET",
        target: "/",
        headers: &[],
        body: None,
        token: None,
        signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    },
    Case {
        name: "get-vanilla-query-order-encoded",
        method: "GET",
        target: "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
        headers: &[],
        body: None,
        token: None,
        signature: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
    },
    Case {
        name: "get-vanilla-query-order-key-case",
        method: "GET",
        target: "/?Param2=value2&Param1=value1",
        headers: &[],
        body: None,
        token: None,
        signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    },
    Case {
        name: "get-vanilla-query-unreserved",
        method: "GET",
        target: "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        headers: &[],
        body: None,
        token: None,
        signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
    },
    Case {
        name: "get-vanilla-utf8-query",
        method: "GET",
        target: "/?ሴ=bar",
        headers: &[],
        body: None,
        token: None,
        signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    },
    Case {
        name: "get-vanilla-with-session-token",
        method: "GET",
        target: "/",
        headers: &[],
        body: None,
        token: Some(TOKEN_1),
        signature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
    },
    Case {
        name: "post-header-key-case",
        method: "POST",
        target: "/",
        headers: &[],
        body: None,
        token: None,
        signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    },
    Case {
        name: "post-header-key-sort",
        method: "POST",
        target: "/",
        headers: &[("my-header1", "value1")],
        body: None,
        token: None,
        signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    },
    Case {
        name: "post-header-value-case",
        method: "POST",
        target: "/",
        headers: &[("my-header1", "VALUE1")],
        body: None,
        token: None,
        signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    },
    Case {
        name: "post-sts-header-after",
        method: "POST",
        target: "/",
        headers: &[],
        body: None,
        token: None,
        signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    },
    Case {
        name: "post-sts-header-before",
        method: "POST",
        target: "/",
        headers: &[],
        body: None,
        token: Some(TOKEN_2),
        signature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    },
    Case {
        name: "post-vanilla",
        method: "POST",
        target: "/",
        headers: &[],
        body: None,
        token: None,
        signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    },
    Case {
        name: "post-vanilla-empty-query-value",
        method: "POST",
        target: "/?Param1=value1",
        headers: &[],
        body: None,
        token: None,
        signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
    },
    Case {
        name: "post-vanilla-query",
        method: "POST",
        target: "/?Param1=value1",
        headers: &[],
        body: None,
        token: None,
        signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
    },
    Case {
        name: "post-x-www-form-urlencoded",
        method: "POST",
        target: "/",
        headers: &[("content-type", "application/x-www-form-urlencoded"), ("content-length", "13")],
        body: Some("Param1=value1"),
        token: None,
        signature: "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
    },
    Case {
        name: "post-x-www-form-urlencoded-parameters",
        method: "POST",
        target: "/",
        headers: &[("content-type", "application/x-www-form-urlencoded; charset=utf-8"), ("content-length", "13")],
        body: Some("Param1=value1"),
        token: None,
        signature: "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422",
    },
];

#[test]
fn the_published_cases() {
    let time = timestamp(UNIX_EPOCH + Duration::from_secs(1_440_938_160));
    assert_eq!(time, "20150830T123600Z");
    let scope = Scope { region: "us-east-1", service: "service", time: &time };
    for case in CASES {
        let payload = hex(&Sha256::digest(case.body.unwrap_or_default()));
        let mut headers = vec![("host", "example.amazonaws.com"), ("x-amz-date", &*time)];
        headers.extend(case.headers);
        headers.extend(case.body.map(|_| ("x-amz-content-sha256", &*payload)));
        headers.extend(case.token.map(|token| ("x-amz-security-token", token)));
        let (path, query) = case.target.split_once('?').unwrap_or((case.target, ""));
        let request = SignedParts { method: case.method, path, query, headers, payload: &payload };
        let credentials = AwsCredentials::new("AKIDEXAMPLE", SECRET).session_token(case.token);
        let value = authorization(&request, &credentials, &scope).expect("a signature");
        let expected =
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=";
        assert!(value.starts_with(expected), "{}: {value}", case.name);
        assert_eq!(value.rsplit('=').next(), Some(case.signature), "{}: {}", case.name, canonical(&request).0);
    }
}

/// Paths that are encoded already are encoded once more.
#[test]
fn the_published_cases_of_encoded_paths() {
    let path =
        "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-west-2%3A892717189312%3Afunction%3Amy-rusty-fun/invocations";
    let time = "20210511T154045Z";
    let payload = hex(&Sha256::digest(""));
    let headers = vec![("x-amz-date", time), ("host", "lambda.us-east-2.amazonaws.com")];
    let request = SignedParts { method: "POST", path, query: "", headers, payload: &payload };
    let scope = Scope { region: "us-east-2", service: "lambda", time };
    let value = authorization(&request, &AwsCredentials::new("AKIDEXAMPLE", SECRET), &scope).expect("a signature");
    assert_eq!(
        value,
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20210511/us-east-2/lambda/aws4_request, SignedHeaders=host;x-amz-date, \
         Signature=4b93abbcc68be32bd64c18e2c71150660ab4c29bbd6c32a383a7517a88fc1804"
    );
    for (path, expected) in [
        ("/test/@connections/JBDvjfGEIAMCERw%3D", "/test/%40connections/JBDvjfGEIAMCERw%253D"),
        ("", "/"),
        ("/", "/"),
        ("/openai/v1/responses/resp_1:x", "/openai/v1/responses/resp_1%3Ax"),
        ("/a/../../b/./c//", "/b/c/"),
    ] {
        assert_eq!(canonical_path(path), expected);
    }
}

#[test]
fn timestamps() {
    for (seconds, expected) in [
        (0, "19700101T000000Z"),
        (951_782_399, "20000228T235959Z"),
        (951_782_400, "20000229T000000Z"),
        (951_868_800, "20000301T000000Z"),
        (1_735_689_599, "20241231T235959Z"),
        (1_735_689_600, "20250101T000000Z"),
        (4_107_542_400, "21000301T000000Z"),
        (4_107_456_000, "21000228T000000Z"),
        (253_402_300_799, "99991231T235959Z"),
    ] {
        assert_eq!(timestamp(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
    }
    assert_eq!(timestamp(UNIX_EPOCH - Duration::from_secs(1)), "19700101T000000Z");
}
