//! The hosts of Bedrock by region and partition, and which of them a credential goes to.

use openai_ext::ErrorKind;
use openai_ext::bedrock::{AwsCredentials, BedrockConfig, BedrockEndpoint};

use super::base;

fn keys() -> AwsCredentials {
    AwsCredentials::new("AKIDEXAMPLE", "secret")
}

#[test]
fn hosts_of_regions_and_partitions() {
    for (region, mantle, runtime) in [
        ("us-west-2", "us-west-2.api.aws", "us-west-2.amazonaws.com"),
        ("ap-southeast-7", "ap-southeast-7.api.aws", "ap-southeast-7.amazonaws.com"),
        (" eu-central-1\n", "eu-central-1.api.aws", "eu-central-1.amazonaws.com"),
        ("us-gov-east-1", "us-gov-east-1.api.aws", "us-gov-east-1.amazonaws.com"),
        ("cn-north-1", "cn-north-1.api.amazonwebservices.com.cn", "cn-north-1.amazonaws.com.cn"),
        ("us-iso-east-1", "us-iso-east-1.api.aws.ic.gov", "us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", "us-isob-east-1.api.aws.scloud", "us-isob-east-1.sc2s.sgov.gov"),
        ("us-isof-south-1", "us-isof-south-1.api.aws.hci.ic.gov", "us-isof-south-1.csp.hci.ic.gov"),
        ("eu-isoe-west-1", "eu-isoe-west-1.api.cloud-aws.adc-e.uk", "eu-isoe-west-1.cloud.adc-e.uk"),
        ("eusc-de-east-1", "eusc-de-east-1.api.amazonwebservices.eu", "eusc-de-east-1.amazonaws.eu"),
    ] {
        for signs in [false, true] {
            let config = || match signs {
                true => BedrockConfig::new(region).credentials(keys()),
                false => BedrockConfig::new(region).api_key("k"),
            };
            let mantle = format!("https://bedrock-mantle.{mantle}/openai/v1");
            let runtime = format!("https://bedrock-runtime.{runtime}/openai/v1");
            assert_eq!(base(config()), Ok(mantle.clone()));
            assert_eq!(base(config().endpoint(BedrockEndpoint::Mantle)), Ok(mantle.clone()));
            assert_eq!(base(config().endpoint(BedrockEndpoint::Runtime)), Ok(runtime.clone()));
            // These hosts, given as a URL, are of this region and family, and of no other.
            for (url, family, other) in [
                (&mantle, BedrockEndpoint::Mantle, BedrockEndpoint::Runtime),
                (&runtime, BedrockEndpoint::Runtime, BedrockEndpoint::Mantle),
            ] {
                assert_eq!(base(config().base_url(url)), Ok(url.clone()));
                assert_eq!(base(config().base_url(url).endpoint(family)), Ok(url.clone()));
                assert!(base(config().base_url(url).endpoint(other)).is_err_and(|text| text.contains("`endpoint`")));
                let elsewhere = base(config().base_url(url).region("sa-east-1"));
                assert!(elsewhere.is_err_and(|text| text.contains("the region")), "{url}");
            }
        }
    }
}

#[test]
fn what_is_no_region_names_no_host() {
    for region in [
        "evil.example/",
        "us-west-2.evil.example",
        "us-west-2/",
        "us-west-2#",
        "us-west-2@evil.example",
        "-us-west-2",
        "us-west-2-",
        "US-WEST-2",
        "üs-west-2",
        "us west 2",
        "sk-secret-key.in-its-place",
        &"a".repeat(64),
    ] {
        for config in [BedrockConfig::new(region).api_key("k"), BedrockConfig::new(region).credentials(keys())] {
            let error = base(config.clone()).expect_err(region);
            assert!(error.contains("no region") && !error.contains("secret"), "{error}");
            assert!(base(config.base_url("https://bedrock-mantle.us-west-2.api.aws")).is_err());
        }
    }
    for region in ["", " "] {
        let error = base(BedrockConfig::new(region).api_key("k")).expect_err("none");
        assert!(error.contains("AWS_REGION"), "{error}");
    }
}

#[test]
fn urls_that_are_given() {
    // Each with what it becomes for a key, and whether signed requests go there too.
    for (url, becomes, signs) in [
        ("https://bedrock-mantle.us-west-2.api.aws", Some("https://bedrock-mantle.us-west-2.api.aws/openai/v1"), true),
        ("https://bedrock-mantle.us-west-2.api.aws/v1/", Some("https://bedrock-mantle.us-west-2.api.aws/v1"), true),
        (
            "https://bedrock-mantle.us-west-2.api.aws/openai/v1/responses/",
            Some("https://bedrock-mantle.us-west-2.api.aws/openai/v1"),
            true,
        ),
        (
            "https://Bedrock-Runtime.US-West-2.amazonaws.com/",
            Some("https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1"),
            true,
        ),
        (
            "https://bedrock-runtime-fips.us-west-2.amazonaws.com",
            Some("https://bedrock-runtime-fips.us-west-2.amazonaws.com/openai/v1"),
            true,
        ),
        ("https://bedrock-runtime.us-west-2.api.aws/x", Some("https://bedrock-runtime.us-west-2.api.aws/x"), true),
        (
            "https://vpce-0a1b.bedrock-runtime.us-west-2.vpce.amazonaws.com",
            Some("https://vpce-0a1b.bedrock-runtime.us-west-2.vpce.amazonaws.com/openai/v1"),
            true,
        ),
        ("http://127.0.0.1:8080/v1", Some("http://127.0.0.1:8080/v1"), true),
        ("http://localhost:8080", Some("http://localhost:8080/openai/v1"), true),
        ("https://[::1]:8443/v1", Some("https://[::1]:8443/v1"), true),
        // Gateways take a key, and no signature.
        ("https://gateway.example/team/responses", Some("https://gateway.example/team"), false),
        (
            "https://bedrock-mantle.us-west-2.api.aws.evil.example/v1",
            Some("https://bedrock-mantle.us-west-2.api.aws.evil.example/v1"),
            false,
        ),
        // Other hosts of AWS, and other partitions.
        ("https://s3.us-west-2.amazonaws.com/v1", None, false),
        ("https://bedrock.us-west-2.amazonaws.com/v1", None, false),
        ("https://evil-bedrock-mantle.us-west-2.api.aws/v1", None, false),
        ("https://bucket.s3.amazonaws.com/v1", None, false),
        ("https://bedrock-runtime.us-west-2.amazonaws.com.cn/v1", None, false),
        ("https://bedrock-runtime.cn-north-1.amazonaws.com/v1", None, false),
        // Without TLS.
        ("http://bedrock-mantle.us-west-2.api.aws/v1", None, false),
        ("http://gateway.example/v1", None, false),
        ("http://127.0.0.1.evil.example/v1", None, false),
        // No URLs.
        ("bedrock-mantle.us-west-2.api.aws", None, false),
        ("https://user:password@bedrock-mantle.us-west-2.api.aws/v1", None, false),
        ("https://bedrock-mantle.us-west-2.api.aws\\@evil.example/v1", None, false),
        ("ftp://127.0.0.1/v1", None, false),
    ] {
        let config = || BedrockConfig::new("us-west-2").base_url(url);
        let by_key = base(config().api_key("k"));
        assert_eq!(by_key.as_deref().ok(), becomes, "{url} {by_key:?}");
        let signed = base(config().credentials(keys()));
        assert_eq!(signed.as_deref().ok(), becomes.filter(|_| signs), "{url} {signed:?}");
        for error in [by_key.err(), signed.err()].into_iter().flatten() {
            assert!(!error.contains(":password"), "{error}");
        }
    }
    // The host says the region where nothing else does.
    let url = "https://bedrock-runtime.eu-west-1.amazonaws.com";
    assert!(base(BedrockConfig::default().base_url(url).credentials(keys())).is_ok());
    assert!(base(BedrockConfig::default().base_url("http://127.0.0.1:1").credentials(keys())).is_err());
    assert!(base(BedrockConfig::default().base_url("http://127.0.0.1:1").api_key("k")).is_ok());
}

#[test]
fn the_environment() {
    let vars = |set: &'static [(&'static str, &'static str)]| {
        BedrockConfig::from_vars(move |name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
        })
    };
    const KEY: (&str, &str) = ("AWS_BEARER_TOKEN_BEDROCK", "key");
    let at = |region: &str| Ok(format!("https://bedrock-mantle.{region}.api.aws/openai/v1"));
    assert_eq!(base(vars(&[KEY, ("AWS_REGION", "us-east-1"), ("AWS_DEFAULT_REGION", "us-east-2")])), at("us-east-1"));
    assert_eq!(base(vars(&[KEY, ("AWS_REGION", " "), ("AWS_DEFAULT_REGION", "us-east-2")])), at("us-east-2"));
    assert_eq!(base(vars(&[KEY, ("AWS_REGION", "us-east-1")]).region("eu-west-1")), at("eu-west-1"));
    let own = || vars(&[KEY, ("AWS_BEDROCK_BASE_URL", "https://gateway.example/v1"), ("AWS_REGION", "us-east-1")]);
    assert_eq!(base(own()), Ok("https://gateway.example/v1".to_owned()));
    assert_eq!(base(own().base_url("https://mine.example/v1")), Ok("https://mine.example/v1".to_owned()));
    // AWS keys of the environment are not for a gateway.
    let signed = vars(&[
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_BEDROCK_BASE_URL", "https://gateway.example/v1"),
    ]);
    assert!(base(signed).is_err_and(|text| text.contains("hosts of AWS only")));
    for missing in
        [vars(&[("AWS_REGION", "us-east-1")]), vars(&[("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "AKID")])]
    {
        let error = base(missing).expect_err("no credential");
        assert!(error.contains("AWS_BEARER_TOKEN_BEDROCK") && error.contains("credential_provider"), "{error}");
    }
    assert!(base(vars(&[KEY])).is_err_and(|text| text.contains("AWS_DEFAULT_REGION")));
}

/// All that the environment lacks is told at once, for each combination of what it has.
#[test]
fn what_is_missing_is_told_at_once() {
    let key = ("AWS_BEARER_TOKEN_BEDROCK", "secret-key");
    let region = ("AWS_REGION", "us-east-1");
    let (id, secret) = (("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret-key"));
    for set in
        [vec![], vec![key], vec![region], vec![id], vec![secret], vec![id, region], vec![id, secret], vec![id, key]]
    {
        let found = set.clone();
        let vars = move |name: &str| found.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        let error = BedrockConfig::from_vars(vars).client().map(drop).expect_err("something is missing");
        let text = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Config);
        let has = |known: (&str, &str)| set.contains(&known);
        let has_credential = has(key) || (has(id) && has(secret));
        assert_eq!(text.contains("no region: set `region`, AWS_REGION"), !has(region), "{set:?}: {text}");
        assert_eq!(text.contains("no credential: set AWS_BEARER_TOKEN_BEDROCK"), !has_credential, "{set:?}: {text}");
        let half = match (has(id), has(secret)) {
            (true, false) => "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not",
            (false, true) => "AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not",
            _ => "",
        };
        assert!(has_credential || text.contains(half), "{set:?}: {text}");
        assert!(!text.contains("secret-key"));
    }
    let lacks = |project: bool, location: bool, token: bool| {
        let vars = move |name: &str| match name {
            "GOOGLE_CLOUD_PROJECT" => project.then(|| "my-project".to_owned()),
            "GOOGLE_CLOUD_LOCATION" => location.then(|| "global".to_owned()),
            _ => None,
        };
        let config = openai_ext::vertex::VertexConfig::from_vars(vars);
        let config = if token { config.access_token("secret-token") } else { config };
        config.client().map(drop).err().map(|error| error.to_string()).unwrap_or_default()
    };
    for bits in 0..8_u8 {
        let [project, location, token] = [1, 2, 4].map(|bit| bits & bit != 0);
        let text = lacks(project, location, token);
        assert_eq!(text.contains("no project: set GOOGLE_CLOUD_PROJECT"), !project, "{text}");
        assert_eq!(text.contains("no location: set GOOGLE_CLOUD_LOCATION"), !location, "{text}");
        assert_eq!(text.contains("no token: set `access_token`"), !token, "{text}");
    }
}

/// A key that was given in another place is not shown there either.
#[test]
fn what_is_no_name_is_not_shown() {
    use openai_ext::vertex::VertexConfig;
    for secret in ["bedrock-api-key-ABC", "ya29.secret_token", "sk-Secret"] {
        for shown in [
            format!("{:?}", BedrockConfig::new(secret)),
            format!("{:?}", VertexConfig::new(secret, "global")),
            format!("{:?}", VertexConfig::new("my-project", secret)),
        ] {
            assert!(!shown.contains(secret) && shown.contains("***"), "{shown}");
        }
    }
    assert!(format!("{:?}", BedrockConfig::new("us-west-2")).contains("us-west-2"));
    let shown = format!("{:?}", VertexConfig::new("example.com:mine", "global"));
    assert!(shown.contains("example.com:mine") && shown.contains("global"), "{shown}");
}
