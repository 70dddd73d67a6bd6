import type { Case } from "./case.ts";
import { controlPlaneCases } from "./control-plane.ts";
import { hostCases } from "./hosts.ts";
import { networkCases } from "./network.ts";

export const cases: readonly Case[] = [...hostCases, ...controlPlaneCases, ...networkCases];
