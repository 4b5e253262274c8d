import type { JsonObject } from "@tallyman/ecs";
import { isoDate, type World } from "./world.ts";
import { zipf } from "./zipf.ts";

interface Call {
  readonly provider: string;
  readonly action: string;
  readonly isReadOnly: boolean;
}

const pickCall = zipf(
  [
    read("ec2", "DescribeInstances"),
    read("sts", "AssumeRole"),
    read("s3", "GetObject"),
    read("iam", "ListRoles"),
    read("kms", "Decrypt"),
    write("ec2", "RunInstances"),
    write("iam", "CreateAccessKey"),
    read("signin", "ConsoleLogin"),
    write("s3", "PutBucketPolicy"),
    read("secretsmanager", "GetSecretValue"),
    read("ssm", "GetParameters"),
    write("lambda", "UpdateFunctionCode20150331v2"),
    write("rds", "ModifyDBInstance"),
    write("ec2", "AuthorizeSecurityGroupIngress"),
    write("iam", "AttachRolePolicy"),
    write("cloudtrail", "StopLogging"),
  ],
  2,
);
const pickUser = zipf(["terraform", "ci-deploy", "svc-backup", "alice", "bob"], 0.8);
const pickIdentity = zipf(["AssumedRole", "AWSService", "IAMUser", "Root"], 1.2);
const pickRegion = zipf(["us-east-1", "eu-west-1", "ap-southeast-2"], 1);
const pickAccount = zipf(
  ["178219410533", "315088120447", "402117880961", "559201734418", "847710093325"],
  0.8,
);

/** Calls of the AWS API as the integration `aws.cloudtrail` writes them. */
export function cloudtrail(world: World): JsonObject {
  const { random } = world;
  const { action, isReadOnly, provider } = pickCall(random);
  const account = pickAccount(random);
  const user = pickUser(random);
  const role = `arn:aws:sts::${account}:assumed-role/${user}/session-${random.below(900)}`;
  const object = { bucketName: `data-${random.below(99)}`, key: `path/${random.hex(12)}`, roleArn: role };
  const accessKeyId = random.hex(20);
  const address = world.publicAddress();
  const principal = `AROA${random.hex(17).toUpperCase()}`;
  return {
    "@timestamp": isoDate(world.nowMs),
    agent: {
      ephemeral_id: random.uuid(),
      id: random.uuid(),
      name: "collector-1",
      type: "filebeat",
      version: "8.15.3",
    },
    aws: {
      cloudtrail: {
        event_type: "AwsApiCall",
        event_version: "1.09",
        event_category: "Management",
        management_event: "true",
        read_only: isReadOnly,
        recipient_account_id: account,
        request_id: random.uuid(),
        request_parameters: `{bucketName=${object.bucketName}, key=${object.key}, roleArn=${role}}`,
        response_elements: `{credentials={accessKeyId=${accessKeyId}, sessionToken=${random.base64(60)}}}`,
        resources: [{ account_id: account, type: "AWS::IAM::Role", arn: role }],
        flattened: { request_parameters: object, response_elements: { credentials: { accessKeyId } } },
        user_identity: {
          type: action === "AssumeRole" ? "AWSService" : pickIdentity(random),
          arn: role,
          access_key_id: `ASIA${random.hex(16).toUpperCase()}`,
          session_context: {
            session_issuer: { type: "Role", principal_id: principal, arn: role, account_id: account },
            mfa_authenticated: "false",
            creation_date: world.before(1_000_000),
          },
        },
      },
    },
    cloud: { account: { id: account }, provider: "aws", region: pickRegion(random) },
    data_stream: { namespace: "default", type: "logs", dataset: "aws.cloudtrail" },
    ecs: { version: "8.11.0" },
    elastic_agent: { id: random.uuid(), snapshot: false, version: "8.15.3" },
    event: {
      action,
      agent_id_status: "verified",
      category: [categoryOf(provider)],
      created: isoDate(world.nowMs),
      dataset: "aws.cloudtrail",
      id: random.uuid(),
      ingested: isoDate(world.nowMs + 60_000),
      kind: "event",
      module: "aws",
      outcome: random.chance(0.93) ? "success" : "failure",
      provider,
      type: ["info"],
    },
    input: { type: "aws-s3" },
    related: { entity: [role], user: [user] },
    source: {
      address,
      ip: address,
      geo: {
        continent_name: "Europe",
        country_iso_code: "IE",
        country_name: "Ireland",
        city_name: "Dublin",
        location: { lat: 53.3, lon: -6.2 },
      },
      as: { number: 16509, organization: { name: "Amazon.com, Inc." } },
    },
    tags: ["forwarded", "aws-cloudtrail", "preserve_original_event"],
    tls: {
      cipher: "TLS_AES_128_GCM_SHA256",
      client: { server_name: provider },
      version: "1.3",
      version_protocol: "tls",
    },
    user: { id: principal, name: user, roles: [user] },
    user_agent: {
      device: { name: "Other" },
      name: "aws-cli",
      original: `aws-cli/2.15.30 Python/3.11.8 Linux/6.1.0 exe/x86_64.debian.12 prompt/off command/${provider}`,
      os: { full: "Linux 6.1.0", name: "Linux", version: "6.1.0" },
      version: "2.15.30",
    },
  };
}

function categoryOf(provider: string): string {
  if (provider.startsWith("signin.")) return "authentication";
  return provider.startsWith("iam.") ? "iam" : "configuration";
}

function read(service: string, action: string): Call {
  return { provider: `${service}.amazonaws.com`, action, isReadOnly: true };
}

function write(service: string, action: string): Call {
  return { provider: `${service}.amazonaws.com`, action, isReadOnly: false };
}
