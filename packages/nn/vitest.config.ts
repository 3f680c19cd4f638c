import { testConfig } from "../../.ci/vitest.ts";

export default testConfig({ browser: true, isolate: false });
