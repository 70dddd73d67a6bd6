/** What somebody logs in to etcd with, in PEM. Holds a key. */
export interface EtcdCredentials {
  /** etcd's own CA. */
  readonly ca: string | Buffer;
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/**
 * What etcd's own health checks log in with, with kubeadm, too.
 * @param folder of etcd's certificates, such as /etc/kubernetes/pki/etcd
 */
export const healthCheckFiles = <T>(folder: string, contentAt: (path: string) => T) => ({
  ca: contentAt(`${folder}/ca.crt`),
  cert: contentAt(`${folder}/healthcheck-client.crt`),
  key: contentAt(`${folder}/healthcheck-client.key`),
});

/** The same, undefined where one of them is not there. */
export const healthCheckCredentials = (
  folder: string,
  contentAt: (path: string) => string | Buffer | undefined,
): EtcdCredentials | undefined => {
  const { ca, cert, key } = healthCheckFiles(folder, contentAt);
  return ca && cert && key ? { ca, cert, key } : undefined;
};
