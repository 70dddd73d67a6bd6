export const writeKubeconfig = async (_c: any, o: any): Promise<string> => o.kubeconfigFile;
