import { sshBody } from "./contract/bodies.ts";
import { contract } from "./contract/suite.ts";

contract("a machine behind SSH", sshBody);
