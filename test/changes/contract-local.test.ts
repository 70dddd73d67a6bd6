import { localBody } from "./contract/bodies.ts";
import { contract } from "./contract/suite.ts";

contract("this machine", localBody);
