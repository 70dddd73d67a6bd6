import { imagesFor } from "../../supply/images.ts";
import type { Evidence, HostEvidence } from "../evidence.ts";
import { few, isMember, onEach, seenIn } from "../look.ts";
import type { Rule } from "../rule.ts";

const pulls = /ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName/;
const failed = /Failed to pull image|failed to pull and unpack image|failed to get sandbox image/i;

const unpulled = (on: HostEvidence, { api }: Evidence): readonly string[] =>
  (api?.pods ?? [])
    .filter(({ node }) => node === on.host.name)
    .flatMap(({ name, containers }) => containers.filter((text) => pulls.test(text)).map((text) => `pod ${name}: ${text}`));

/** Names of images in lines of logs and of containers' states. */
const imageIn = (texts: readonly string[]): string | undefined =>
  texts
    .flatMap(
      (text) =>
        /(?:image\s+\\?"|Back-off pulling image \\?")([^"\\\s]+)/.exec(text)?.[1] ?? /pod \S+: \S+ (\S+): waiting/.exec(text)?.[1] ?? [],
    )
    .at(-1);

export const imageMissing: Rule = {
  id: "image-missing",
  question: "Does a host lack an image, and cannot pull it?",
  find: onEach((on, evidence) => {
    if (!isMember(on)) return undefined;
    const waiting = unpulled(on, evidence);
    const said = seenIn(on.kubeletLog, failed, on);
    const { images } = on.runtime;
    // Before the images have been brought the kubelet has no configuration.
    const wanted = on.facts.kubernetes.hasKubeletConfig && images ? imagesFor(on.host.roles, evidence.cluster) : [];
    const lacking = wanted.filter((name) => images?.includes(name) === false);
    if (waiting.length === 0 && (lacking.length === 0 || said.length === 0)) return undefined;
    const name = imageIn(waiting) ?? lacking[0] ?? imageIn(said) ?? "an image";
    const isOurs = lacking.includes(name) || wanted.includes(name);
    return {
      cause: `the image ${name} is not there, and could not be pulled`,
      remedy: isOurs
        ? "run the create again: it brings the image from the bundle"
        : "see whether the name is right and its registry can be reached from this host",
      certainty: "certain",
      seen: few([...said, ...waiting]),
    };
  }),
};
