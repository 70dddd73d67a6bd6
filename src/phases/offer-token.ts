import type { Kube, LiveObject } from "../kube/types.ts";
import { type BootstrapToken, newToken, parseToken } from "../pki/token.ts";
import { formatDuration } from "../shared/duration.ts";
import { bootstrapTokenSecret } from "../templates/objects/bootstrap.ts";
import { makes } from "./common/parts.ts";
import { type ClusterPhase, firstControlPlane, type Invitation, nothing } from "./context.ts";

/** By which a token that outlives its run is known. Runs delete those that their workers have joined with, and not this one. */
const ownDescription = "made by kbs init, for machines that join";

const secrets = { apiVersion: "v1", kind: "Secret", namespace: "kube-system" };

interface TokenSecret extends LiveObject {
  readonly data?: Readonly<Record<string, string>>;
}

const fieldsOf = ({ data = {} }: TokenSecret): ReadonlyMap<string, string> =>
  new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));

/** The token of a Secret, if it lives and is the one that is wished: that which a person has chosen, else any that an init has made. */
const wishedToken = (
  secret: TokenSecret,
  { token: wished, description = ownDescription }: Invitation,
  now: number,
): BootstrapToken | undefined => {
  const fields = fieldsOf(secret);
  const expires = fields.get("expiration");
  if (expires !== undefined && !(Date.parse(expires) > now)) return undefined;
  const text = `${fields.get("token-id")}.${fields.get("token-secret")}`;
  if (wished ? text !== wished.text : fields.get("description") !== description) return undefined;
  return parseToken(text, `Secret kube-system/${secret.metadata.name}`);
};

const findToken = async (kube: Kube, invitation: Invitation, signal: AbortSignal): Promise<BootstrapToken | undefined> => {
  const { items } = await kube.list<TokenSecret>({ ...secrets, fieldSelector: "type=bootstrap.kubernetes.io/token" }, { signal });
  for (const item of items) {
    const found = wishedToken(item, invitation, Date.now());
    if (found) return found;
  }
  return undefined;
};

const makeToken = async (kube: Kube, invitation: Invitation, signal: AbortSignal): Promise<BootstrapToken> => {
  const { token = newToken(), life, usages, groups } = invitation;
  // One that a person has chosen is found by itself; as in kubeadm it says only what its file says.
  const { description = invitation.token ? undefined : ownDescription } = invitation;
  const object = bootstrapTokenSecret({
    id: token.id,
    secret: token.secret,
    ...(description !== undefined && { description }),
    ...(life !== 0 && { expires: new Date(Date.now() + life) }),
    ...(usages && { usages }),
    ...(groups && { groups }),
  });
  if (await kube.create(object, { signal })) return token;
  // One of that id which has ended, or which somebody has chosen anew.
  await kube.remove({ ...secrets, name: object.metadata.name }, { signal });
  await kube.create(object, { signal });
  return token;
};

/** Needs: rights in the API. Gives: a token with which other machines may join, which stays after the run; one that lives is kept. */
export const offerToken: ClusterPhase = {
  id: "offer-token",
  title: "Make a token for machines that join",
  hosts: (context) => (context.invitation && makes(context, "bootstrap-token") ? firstControlPlane(context) : []),
  needs: [{ phase: "apply-bootstrap-objects", on: "first" }],
  act: async ({ learned, invitation }, _host, { signal }) => {
    if (!invitation) return nothing;
    const kube = learned.get("kube");
    const found = await findToken(kube, invitation, signal);
    const token = found ?? (await makeToken(kube, invitation, signal));
    learned.tell("invitation", token);
    return found ? nothing : { changed: [`bootstrap token ${token.id}`] };
  },
  foresee: async ({ learned, invitation }, _host, { signal }) => {
    if (!invitation) return nothing;
    const found = learned.has("kube") ? await findToken(learned.get("kube"), invitation, signal) : undefined;
    if (found) {
      learned.tell("invitation", found);
      return nothing;
    }
    const { life } = invitation;
    const how = life === 0 ? "it never ends" : `it ends after ${formatDuration(Math.round(life / 1000))}`;
    return { changes: [{ change: "bootstrap token", why: `for machines that join; ${how}` }] };
  },
};
