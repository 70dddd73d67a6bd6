import { plainBody } from "./contract/bodies.ts";
import { contract } from "./contract/suite.ts";

contract("a root shell", plainBody);
