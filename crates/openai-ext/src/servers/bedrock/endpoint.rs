//! The target of requests on Bedrock: the hosts of regions and partitions, and the hosts that a credential is for.

use openai_runtime::{Error, ErrorKind, Result};

use super::CLOUD;
use crate::servers::hosts::{BaseUrl, trimmed};

/// The family of hosts that serves the API on Bedrock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BedrockEndpoint {
    /// `https://bedrock-mantle.{region}.api.aws/openai/v1`, which has Responses. Requests are signed for the service
    /// `bedrock-mantle`.
    #[default]
    Mantle,
    /// `https://bedrock-runtime.{region}.amazonaws.com/openai/v1`. Requests are signed for the service `bedrock`.
    Runtime,
}

pub(super) const NO_REGION: &str = "no region: set `region`, AWS_REGION or AWS_DEFAULT_REGION";

/// The path of the API below a host.
const PATH: &str = "/openai/v1";

/// A partition of AWS: how its regions begin, the suffix of its hosts, and that of its newer ones.
struct Partition {
    regions: &'static str,
    suffix: &'static str,
    newer: &'static str,
}

/// The partition of all regions that no other one has comes last.
const PARTITIONS: [Partition; 8] = [
    Partition { regions: "cn-", suffix: "amazonaws.com.cn", newer: "api.amazonwebservices.com.cn" },
    Partition { regions: "us-gov-", suffix: "amazonaws.com", newer: "api.aws" },
    Partition { regions: "us-iso-", suffix: "c2s.ic.gov", newer: "api.aws.ic.gov" },
    Partition { regions: "us-isob-", suffix: "sc2s.sgov.gov", newer: "api.aws.scloud" },
    Partition { regions: "us-isof-", suffix: "csp.hci.ic.gov", newer: "api.aws.hci.ic.gov" },
    Partition { regions: "eu-isoe-", suffix: "cloud.adc-e.uk", newer: "api.cloud-aws.adc-e.uk" },
    Partition { regions: "eusc-", suffix: "amazonaws.eu", newer: "api.amazonwebservices.eu" },
    Partition { regions: "", suffix: "amazonaws.com", newer: "api.aws" },
];

impl BedrockEndpoint {
    /// The name that requests are signed for.
    pub(super) fn service(self) -> &'static str {
        match self {
            Self::Mantle => "bedrock-mantle",
            Self::Runtime => "bedrock",
        }
    }

    /// The first label of the family's hosts.
    fn label(self) -> &'static str {
        match self {
            Self::Mantle => "bedrock-mantle",
            Self::Runtime => "bedrock-runtime",
        }
    }

    fn host(self, region: &str) -> String {
        let partition = partition(region);
        let suffix = if self == Self::Mantle { partition.newer } else { partition.suffix };
        format!("{}.{region}.{suffix}", self.label())
    }
}

/// The partition of a region. There is one for any.
fn partition(region: &str) -> &'static Partition {
    let [.., rest] = &PARTITIONS;
    PARTITIONS.iter().find(|partition| region.starts_with(partition.regions)).unwrap_or(rest)
}

/// The target of requests, and the service that they are signed for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BedrockRoute {
    pub(super) base: String,
    pub(super) family: BedrockEndpoint,
    pub(super) region: Option<String>,
}

/// The parts of a route that were given.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) base_url: Option<&'a str>,
    pub(super) family: Option<BedrockEndpoint>,
    pub(super) region: Option<&'a str>,
    /// Requests are signed, so that their host must be one of AWS.
    pub(super) signs: bool,
}

impl BedrockRoute {
    /// The route of what was given, checked: a host of AWS has to be of the family and the region.
    pub(super) fn of(given: Given<'_>) -> Result<Self> {
        let region = given.region.map(checked_region).transpose()?;
        let Some(url) = given.base_url else {
            let region = region.ok_or_else(|| wrong(NO_REGION))?;
            let family = given.family.unwrap_or_default();
            let base = format!("https://{}{PATH}", family.host(region));
            return Ok(Self { base, family, region: Some(region.to_owned()) });
        };
        let BaseUrl { host, is_local, has_path } = BaseUrl::parse(CLOUD, url)?;
        let (family, region) = match AwsHost::of(&host)? {
            Some(aws) => aws.fitting(given.family, region)?,
            None if given.signs && !is_local => {
                return Err(wrong(
                    "requests signed with AWS credentials go to hosts of AWS only: leave out the base URL, or give a gateway \
                     an API key or a token",
                ));
            }
            None if given.signs && region.is_none() => {
                return Err(wrong("no region to sign for: set `region`, AWS_REGION or AWS_DEFAULT_REGION"));
            }
            None => (given.family.unwrap_or_default(), region.map(str::to_owned)),
        };
        let base = trimmed(url, "/responses", if has_path { "" } else { PATH });
        Ok(Self { base, family, region })
    }
}

/// A region, if it is a label of a host: what else would stand there would name another host. It is not repeated in the
/// error, because a key may stand in its place.
pub(super) fn checked_region(region: &str) -> Result<&str> {
    let region = region.trim();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = !region.is_empty() && region.len() <= 63 && region.bytes().all(plain);
    if is_label && !region.starts_with('-') && !region.ends_with('-') {
        return Ok(region);
    }
    Err(wrong("what was given is no region: give a name such as us-west-2"))
}

/// A host of AWS that serves the API.
#[derive(Debug, PartialEq, Eq)]
struct AwsHost {
    family: BedrockEndpoint,
    region: String,
}

impl AwsHost {
    /// The host as one of AWS; none if it belongs to somebody else.
    fn of(host: &str) -> Result<Option<Self>> {
        let suffixes = PARTITIONS.iter().flat_map(|partition| [partition.suffix, partition.newer]);
        let below = suffixes.filter_map(|suffix| Some((host.strip_suffix(suffix)?.strip_suffix('.')?, suffix)));
        // The longest one: `api.aws` also ends other hosts.
        let Some((labels, suffix)) = below.max_by_key(|(_, suffix)| suffix.len()) else { return Ok(None) };
        let other = || wrong("the base URL is at a host of AWS that does not serve the API: see `BedrockEndpoint`");
        let labels: Vec<&str> = labels.split('.').collect();
        let (label, region) = match labels[..] {
            [label, region] => (label, region),
            // An endpoint of a private network.
            [_, label, region, "vpce"] => (label, region),
            _ => return Err(other()),
        };
        let families = [BedrockEndpoint::Mantle, BedrockEndpoint::Runtime];
        let family = families.into_iter().find(|family| label.strip_suffix("-fips").unwrap_or(label) == family.label());
        let partition = partition(region);
        if ![partition.suffix, partition.newer].contains(&suffix) {
            return Err(wrong("the host of the base URL is of another partition of AWS than its region"));
        }
        let region = checked_region(region)?.to_owned();
        family.map(|family| Some(Self { family, region })).ok_or_else(other)
    }

    /// The family and region, which must be those that were given.
    fn fitting(
        self,
        family: Option<BedrockEndpoint>,
        region: Option<&str>,
    ) -> Result<(BedrockEndpoint, Option<String>)> {
        if family.is_some_and(|family| family != self.family) {
            return Err(wrong(&format!(
                "the base URL is at a host of {:?}, and `endpoint` says otherwise: set one of them",
                self.family
            )));
        }
        if region.is_some_and(|region| region != self.region) {
            return Err(wrong(&format!(
                "the base URL is at a host of the region {}, and the region that is set is another one: set one of them",
                self.region
            )));
        }
        Ok((self.family, Some(self.region)))
    }
}

#[cold]
pub(super) fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("{CLOUD}: {what}"))
}
