import { goBuildAll } from "./go-build.ts";

const log = (line: string): void => console.error(line);
if (process.argv[2] === "build") await goBuildAll(log);
