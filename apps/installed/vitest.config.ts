import { testConfig } from "../../.ci/vitest.ts";

export default testConfig({ globalSetup: "./test/install.ts" });
