import { expect, test } from "vitest";
import { proxyVariables } from "../../src/config/proxy-variables.ts";
import { secrets } from "../../src/shared/secrets.ts";

test("every proxy variable that says something is taken, however its name is written", () => {
  const environment = {
    HTTPS_PROXY: "http://p:3128",
    no_proxy: ".svc",
    All_Proxy: "socks5://p",
    HTTP_PROXY: "",
    PROXY: "x",
    MY_PROXY_URL: "y",
  };
  expect(proxyVariables(environment)).toEqual([
    { name: "HTTPS_PROXY", value: "http://p:3128" },
    { name: "no_proxy", value: ".svc" },
    { name: "All_Proxy", value: "socks5://p" },
  ]);
});

test.each([
  ["in a URL", "http://kim:wh1sper-it@proxy.example:3128", "wh1sper-it"],
  ["without a scheme", "kim:sh0ut-it@proxy.example:3128", "sh0ut-it"],
  ["with an @ in it", "http://kim:half@nother@proxy.example:3128", "half@nother"],
  ["that is short", "http://kim:ab1@proxy.example:3128", ":ab1@"],
])("a password %s is a secret from then on", (_, value, password) => {
  proxyVariables({ HTTPS_PROXY: value });
  expect(secrets.mask(`value: ${value}`)).not.toContain(password);
  expect(secrets.mask(`value: ${value}`)).toContain("proxy.example:3128");
});
