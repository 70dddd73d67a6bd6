import { expect, test } from "vitest";
import { type KubeVipInput, kubeVipPod } from "../../../src/templates/balancer/kube-vip.ts";
import { plain } from "../plain.ts";
import { containersOf } from "../pods.ts";
import { faultsOf } from "../well-formed.ts";

const at = (host: string, device?: string): KubeVipInput => ({
  cluster: { controlPlaneEndpoint: { host, port: 6443 } },
  image: "ghcr.io/kube-vip/kube-vip:v1.1.2",
  device,
});
const settings = (input: KubeVipInput): Readonly<Record<string, string>> => {
  const env = plain<{ name: string; value?: string }[]>(containersOf(kubeVipPod(input))[0]?.env);
  return Object.fromEntries(env.map(({ name, value = "" }) => [name, value]));
};

test("kube-vip gives the endpoint's address, alone, to the interface of the nodes' network, by ARP and a lease", () => {
  expect(faultsOf(kubeVipPod(at("10.0.0.9", "eth1")))).toEqual([]);
  expect(settings(at("10.0.0.9", "eth1"))).toMatchObject({
    address: "10.0.0.9",
    port: "6443",
    vip_interface: "eth1",
    vip_subnet: "32",
    vip_arp: "true",
    vip_leaderelection: "true",
    cp_enable: "true",
  });
});

test("an IPv6 address is alone by 128 bits; where the interface is not known, kube-vip finds it", () => {
  expect(settings(at("fd00:10::9"))["vip_subnet"]).toBe("128");
  expect(settings(at("fd00:10::9"))).not.toHaveProperty("vip_interface");
});
