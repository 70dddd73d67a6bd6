/** What a host should look like, as data. Every kind has a check and an apply; every change may be repeated. */
export type Change = HostChange | ObjectChange;

/** A change that travels to a host in a message. */
export type HostChange =
  | FileChange
  | MadeChange
  | DirectoryChange
  | AbsentChange
  | BinaryChange
  | ImagesChange
  | ModuleChange
  | SysctlChange
  | SwapChange
  | HostnameChange
  | ServiceChange
  | StaticPodChange
  | CommandChange;

/** A file with its whole content. Written beside its target, checked by digest, synced, renamed. */
export interface FileChange {
  readonly kind: "file";
  readonly path: string;
  readonly content: string | Buffer;
  /** Permission bits, such as 0o644. Owner is always root:root. */
  readonly mode: number;
  /** A secret's content never shows in a diff or a log. */
  readonly secret?: boolean;
}

/** A key, certificate or token: wished by a predicate, which has already spoken, plus its maker; never by bytes. */
export interface MadeChange {
  readonly kind: "made";
  readonly path: string;
  readonly mode: number;
  readonly secret: boolean;
  /** What it is, in words: "a certificate for kube-apiserver by ca". */
  readonly what: string;
  /** SHA-256 (hex) of what is there and satisfies the predicate. Absent when it must be made. */
  readonly keep?: string;
  /** Why it must be made; absent when `keep` is given. */
  readonly reason?: string;
  readonly make: () => Buffer;
}

export interface DirectoryChange {
  readonly kind: "directory";
  readonly path: string;
  readonly mode: number;
  /** What is inside belongs to the cluster: if kbs made the directory, it goes with all its content when the host is given back. */
  readonly data?: boolean;
}

/** Nothing may be at this path. */
export interface AbsentChange {
  readonly kind: "absent";
  readonly path: string;
  /** A file that somebody else has written, and that serves in its place from now on: synced before this one goes, as its writer may not have. */
  readonly replacedBy?: string;
}

/** Content known by digest, staged on the host before it is used. */
export interface BlobRef {
  /** `sha256:<hex>` of the bytes as they travel. */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

/** An executable from a blob. */
export interface BinaryChange {
  readonly kind: "binary";
  readonly path: string;
  readonly mode: number;
  /** SHA-256 (hex) of the installed file. */
  readonly digest: string;
  readonly blob: BlobRef;
  readonly encoding: "raw" | "gzip";
}

/** Container images, imported together from blobs and pinned against the kubelet's garbage collection. */
export interface ImagesChange {
  readonly kind: "images";
  /** Names the group on its host, such as "control-plane". */
  readonly group: string;
  readonly images: readonly ImageWish[];
}

export interface ImageWish {
  /** Full name with tag, as a pod names it. */
  readonly name: string;
  readonly manifest: BlobRef & { readonly mediaType: string };
  /** Everything below the manifest: configuration and layers. */
  readonly blobs: readonly BlobRef[];
}

/** A loaded kernel module. That it is loaded at boot, too, is a file of its own. */
export interface ModuleChange {
  readonly kind: "module";
  readonly name: string;
}

/** A live kernel setting. That it is set at boot, too, is a file of its own. */
export interface SysctlChange {
  readonly kind: "sysctl";
  readonly key: string;
  readonly value: string;
}

/** No swap, now and at the next boot. */
export interface SwapChange {
  readonly kind: "swap";
  readonly wanted: "off";
}

export interface HostnameChange {
  readonly kind: "hostname";
  readonly name: string;
}

/** A systemd unit which is enabled, runs, and has loaded what its inputs hold now. */
export interface ServiceChange {
  readonly kind: "service";
  readonly unit: string;
  /** Files whose content the process loads at its start; when one differs from what it loaded, it is restarted. */
  readonly inputs: readonly string[];
  /** Inputs that are taken away once they have served: another content restarts it, but that one is gone, or wished no more, does not. */
  readonly passing?: readonly string[];
  /** A script that succeeds once the service works; asked again until the time limit. */
  readonly ready?: string;
  /** Seconds that `ready` may take. */
  readonly readyWithin?: number;
}

/** A static pod whose containers run with what its inputs hold now. The manifest itself is a file change before it. */
export interface StaticPodChange {
  readonly kind: "static-pod";
  /** Name of pod and container, such as "kube-apiserver". */
  readonly name: string;
  /** Files, beside the manifest, which the process loads only at its start. */
  readonly inputs: readonly string[];
}

/** Anything else. The check decides; a command without one does not compile. */
export interface CommandChange {
  readonly kind: "command";
  /** Unique on its host. */
  readonly name: string;
  /** Succeeds when there is nothing to do. Must not change anything. */
  readonly check: string;
  readonly apply: string;
  /** Takes it back; may be run again after a kill. Absent where nothing stays behind. */
  readonly undo?: string;
  /** Seconds that check and apply may take, each. */
  readonly within?: number;
  /** It waits for what other changes set going, or tidies up behind them: no change of its own in a plan or a count. */
  readonly follows?: boolean;
}

/** A Kubernetes object, applied on the server's side through the host's tunnel. */
export interface ObjectChange {
  readonly kind: "object";
  readonly object: KubeObject;
  /** `create`: made when absent and then left alone. Default `apply`. */
  readonly manner?: "apply" | "create";
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** The name of a change on its host: the journal's key, and how reports call it. */
export const changeId = (change: Change): string => {
  switch (change.kind) {
    case "file":
    case "made":
    case "absent":
    case "directory":
    case "binary":
      // One path has one before-image, whatever kinds of change have touched it over time.
      return `path:${change.path}`;
    case "images":
      return `images:${change.group}`;
    case "module":
      return `module:${change.name}`;
    case "sysctl":
      return `sysctl:${change.key}`;
    case "swap":
      return "swap";
    case "hostname":
      return "hostname";
    case "service":
      return `service:${change.unit}`;
    case "static-pod":
      return `static-pod:${change.name}`;
    case "command":
      return `command:${change.name}`;
    case "object":
      return `object:${change.object.kind}/${[change.object.metadata.namespace, change.object.metadata.name].filter(Boolean).join("/")}`;
  }
};

/** Files that the process of a service loads at its start, those that pass among them. */
export const loadedBy = ({ inputs, passing = [] }: ServiceChange): readonly string[] => [...inputs, ...passing];

/** Blobs which a change reads on its host. */
export const blobsOf = (change: HostChange): readonly BlobRef[] => {
  if (change.kind === "binary") return [change.blob];
  if (change.kind === "images") return change.images.flatMap((image) => [image.manifest, ...image.blobs]);
  return [];
};
