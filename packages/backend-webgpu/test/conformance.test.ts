import { describeContract } from "./conformance.js";

describeContract((operation) => operation !== "multiply");
