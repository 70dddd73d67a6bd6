/** Whether kbs itself runs as root. */
export const isRoot = (): boolean => process.getuid?.() === 0;
