import { connect, type Socket } from "node:net";

/** A TCP connection from this machine. Rejects with the socket's error, a TimeoutError, or the signal's reason. @param timeout milliseconds */
export const openTcp = (host: string, port: number, timeout: number, signal?: AbortSignal): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(timeout);
    const any = signal === undefined ? limit : AbortSignal.any([limit, signal]);
    if (any.aborted) return reject(any.reason);
    const socket = connect({ host, port, noDelay: true });
    const stop = (): void => {
      socket.destroy();
      reject(any.reason);
    };
    const fail = (error: Error): void => {
      any.removeEventListener("abort", stop);
      reject(error);
    };
    any.addEventListener("abort", stop, { once: true });
    socket.once("error", fail);
    socket.once("connect", () => {
      any.removeEventListener("abort", stop);
      socket.off("error", fail);
      resolve(socket);
    });
  });
