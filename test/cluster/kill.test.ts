import { killTests } from "../support/kill-bench.ts";

killTests(3);
