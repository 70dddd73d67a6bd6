import { afterAll, afterEach, beforeAll, vi } from "vitest";
import { describeReal } from "../../host/ssh/real.ts";
import { blobCases } from "./blobs.ts";
import type { RealBody } from "./bodies.ts";
import { fileCases } from "./files.ts";
import { journalCases } from "./journal.ts";
import { kindCases } from "./kinds.ts";
import { leaseCases } from "./lease.ts";
import { realFileCases } from "./real-files.ts";
import { stopCases } from "./stop.ts";
import { streamCases } from "./streams.ts";
import { timeCases } from "./time.ts";

/** Everything that a host with a real machine behind it must keep. */
export const contract = (name: string, make: () => Promise<RealBody>): void => {
  // Hundreds of small processes, on machines that may have better things to do.
  vi.setConfig({ testTimeout: 120_000 });
  describeReal(name, () => {
    let made: RealBody;
    const body = (): RealBody => made;
    beforeAll(async () => {
      made = await make();
    });
    afterEach(() => made.forget());
    afterAll(() => made.stop());
    fileCases(body);
    realFileCases(body);
    kindCases(body);
    journalCases(body);
    streamCases(body);
    leaseCases(body);
    blobCases(body);
    timeCases(body);
    stopCases(body);
  });
};
