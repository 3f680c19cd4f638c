import { expect, test } from "vitest";
import { f32, ModuleBuilder, v128 } from "./assembler.js";
import { disassembler } from "./wabt.js";

const disassemble = await disassembler();

test("an empty module is one", () => {
  expect(disassemble(new ModuleBuilder().build()).trim()).toBe("(module)");
});

test("a module reads as it was written: types once, names of functions", () => {
  const m = new ModuleBuilder();
  const memory = m.importMemory("env", "memory", { initial: 2 });
  const log = m.importFunc("env", "log", { params: { x: "f32" } });
  const store = m.func("store", { params: { value: "f32" } }, (f, { value }) => {
    const [zero, i] = [f.local("v128", "zero"), f.local("i32", "i")];
    f.local("v128", "unused");
    f.do(v128.store(i, zero, { offset: 16, align: 4 }));
    f.do(f32.store(0, value));
    f.for(i, 0, 8, 4, () => f.do(log.call({ x: f32.load(i) })));
  });
  m.export("run", store);
  m.export("memory", memory);
  expect(disassemble(m.build()).trim()).toBe(
    `
(module
  (type (;0;) (func (param f32)))
  (import "env" "memory" (memory (;0;) 2))
  (import "env" "log" (func $log (type 0)))
  (func $store (type 0) (param f32)
    (local v128 i32 v128)
    local.get 2
    local.get 1
    v128.store offset=16 align=4
    i32.const 0
    local.get 0
    f32.store
    i32.const 0
    local.set 2
    local.get 2
    i32.const 8
    i32.lt_u
    if  ;; label = @1
      loop  ;; label = @2
        local.get 2
        f32.load
        call $log
        local.get 2
        i32.const 4
        i32.add
        local.set 2
        local.get 2
        i32.const 8
        i32.lt_u
        br_if 0 (;@2;)
      end
    end)
  (export "run" (func $store))
  (export "memory" (memory 0)))`.trim(),
  );
});
