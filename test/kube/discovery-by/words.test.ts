import { describe, expect, test } from "vitest";
import { endpointOf, formatEndpoint, parseEndpoint } from "../../../src/kube/discovery-by/endpoint.ts";
import { socketTrouble, tlsTrouble } from "../../../src/kube/discovery-by/explain.ts";
import { parsePins } from "../../../src/kube/discovery-by/pins.ts";
import { span } from "../../../src/kube/discovery-by/untrusted.ts";

describe("an endpoint", () => {
  test.each([
    ["10.0.0.11:6443", { host: "10.0.0.11", port: 6443 }],
    ["k8s.example.com:443", { host: "k8s.example.com", port: 443 }],
    ["[fd00::11]:6443", { host: "fd00::11", port: 6443 }],
  ])("%s is read and written alike", (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
    expect(formatEndpoint(endpoint)).toBe(text);
  });

  test.each([
    ["10.0.0.11", "the port of the API server is missing"],
    ["fd00::11", "the port of the API server is missing"],
    ["https://10.0.0.11:6443", "no URL"],
    ["10.0.0.11:0", "is no port"],
    ["10.0.0.11:x", "is no port"],
    ["10.0.0.1111:6443", "is neither an IP address nor a DNS name"],
  ])("%s is refused with what is wrong", (text, words) => {
    expect(() => parseEndpoint(text)).toThrow(words);
  });

  test("of a kubeconfig is an https URL, whose port may be left out", () => {
    expect(endpointOf("https://k8s.example.com", "here")).toEqual({ host: "k8s.example.com", port: 443 });
    expect(endpointOf("https://[fd00::11]:6443", "here")).toEqual({ host: "fd00::11", port: 6443 });
    expect(() => endpointOf("http://10.0.0.11:6443", "here")).toThrow('here: the server "http://10.0.0.11:6443" is no https URL');
  });
});

test("hashes are read in any case, and what is no hash is told by what is wrong with it", () => {
  const hex = "aB".repeat(32);
  expect(parsePins([`SHA256:${hex}`], "--x")).toEqual([`sha256:${hex.toLowerCase()}`]);
  expect(() => parsePins([hex], "--x")).toThrow("does not begin with sha256:");
  expect(() => parsePins([`md5:${hex}`], "--x")).toThrow("does not begin with sha256:");
  expect(() => parsePins([`sha256:${hex.slice(1)}`], "--x")).toThrow("has 63 characters behind sha256:, not 64");
  expect(() => parsePins([`sha256:${hex.slice(1)}g`], "--x")).toThrow("holds characters beside");
});

const coded = (code: string): Error => Object.assign(new Error(code), { code });

describe("what ends a connection", () => {
  const endpoint = { host: "10.0.0.11", port: 6443 };
  const late = new DOMException("late", "TimeoutError");

  test.each([
    ["ENOTFOUND", false, "the name 10.0.0.11 is not known"],
    ["EAI_AGAIN", true, "no DNS server answers"],
    ["ECONNREFUSED", true, "nothing listens on port 6443 there"],
    ["ENETUNREACH", false, "there is no route from this machine to 10.0.0.11"],
    ["EHOSTUNREACH", true, "10.0.0.11 cannot be reached: there is no route to it, or it is down"],
    ["EPIPE", true, "no connection to 10.0.0.11:6443: EPIPE"],
  ])("%s is told, and tried again where time may cure it", (code, mayPass, words) => {
    const { error, mayPass: may } = socketTrouble(endpoint, coded(code));
    expect(error.message).toContain(words);
    expect(error.details.hint).toBeTruthy();
    expect([may, error.exit]).toEqual([mayPass, "unreachable"]);
  });

  test("silence is told with where to look", async () => {
    const { error, mayPass } = socketTrouble(endpoint, late);
    expect([error.message, mayPass]).toEqual(["10.0.0.11:6443 does not answer", true]);
    expect(error.details.hint).toContain("firewall");
    const tls = await tlsTrouble(endpoint, late, () => Promise.resolve(undefined));
    expect([tls.error.message, tls.mayPass]).toEqual(["10.0.0.11:6443 takes the connection, and then says nothing", true]);
  });

  test("a server that refuses TLS stays refusing", async () => {
    const { error, mayPass } = await tlsTrouble(endpoint, coded("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"), () =>
      Promise.resolve("never asked"),
    );
    expect([error.message, mayPass]).toEqual(["10.0.0.11:6443 refuses TLS: ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", false]);
  });
});

test("spans of time are told as a person would", () => {
  expect([45_000, 150_000, 3 * 3_600_000, -49 * 3_600_000].map(span)).toEqual(["45 seconds", "3 minutes", "3 hours", "2 days"]);
});
