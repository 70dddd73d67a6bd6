import { statSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { padding, tarHeader, tarWriter } from "../../src/supply/tar.ts";
import { indexTar } from "../../src/supply/tar-index.ts";
import { scratch, sh } from "./make.ts";

const indexOf = async (path: string) => {
  const file = await open(path, "r");
  try {
    return await indexTar(file, path);
  } finally {
    await file.close();
  }
};

const chunks = async function* () {
  yield Buffer.from("x".repeat(2000));
};

describe("writing", () => {
  test("tar itself reads what was written, dropped contents leave no trace", async () => {
    const directory = scratch();
    const file = await open(join(directory, "a.tar"), "w");
    const tar = tarWriter(file);
    await tar.add("a", Buffer.from("hello"));
    await tar.addStream(chunks(), () => undefined);
    await tar.add("dir/empty", Buffer.alloc(0));
    await tar.addStream(chunks(), () => "dir/long");
    await tar.addStream(chunks(), () => undefined);
    const size = await tar.end();
    await file.close();
    expect(size).toBe(statSync(join(directory, "a.tar")).size);
    expect(sh("tar -tf a.tar", directory)).toBe("a\ndir/empty\ndir/long\n");
    expect(sh("tar -xf a.tar && cat a dir/empty dir/long", directory)).toBe(`hello${"x".repeat(2000)}`);
    expect(sh("stat -c %a a", directory).trim()).toBe("644");
  });

  test("a name or a size that the header cannot hold is refused", () => {
    expect(() => tarHeader("n".repeat(101), 0)).toThrow(RangeError);
    expect(() => tarHeader("n", 8 ** 11)).toThrow(RangeError);
  });
});

describe("reading", () => {
  test.each(["ustar", "pax", "gnu", "v7", "oldgnu"])("finds the contents of an archive in tar's format %s", async (format) => {
    const directory = scratch();
    sh(`mkdir d && printf one >d/1 && head -c 1000 /dev/zero >d/2 && ln -s 1 d/link && tar --format=${format} -cf a.tar ./d`, directory);
    const entries = await indexOf(join(directory, "a.tar"));
    expect([...entries.keys()].toSorted()).toEqual(["d/1", "d/2"]);
    const { offset = 0, size } = entries.get("d/1") ?? {};
    expect(sh(`tail -c +${offset + 1} a.tar | head -c ${size}`, directory)).toBe("one");
  });

  test.each(["ustar", "pax", "gnu"])("understands long names in tar's format %s", async (format) => {
    const directory = scratch();
    const name = `${"d".repeat(90)}/${"é".repeat(40)}`;
    sh(`mkdir ${"d".repeat(90)} && printf one >${name} && printf two >last && tar --format=${format} -cf a.tar ${name} last`, directory);
    const entries = await indexOf(join(directory, "a.tar"));
    expect([...entries.keys()]).toEqual([name, "last"]);
  });

  test("of equal names the last counts", async () => {
    const directory = scratch();
    sh("printf one >f && tar -cf a.tar f && printf longer >f && tar -rf a.tar f", directory);
    expect((await indexOf(join(directory, "a.tar"))).get("f")?.size).toBe(6);
  });

  test("sizes in base 256 are understood", async () => {
    const directory = scratch();
    const header = tarHeader("f", 0);
    header.fill(0, 124, 136);
    header[124] = 0x80;
    header[135] = 5;
    header.write("        ", 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    writeFileSync(join(directory, "a.tar"), Buffer.concat([header, Buffer.from("hello"), Buffer.alloc(padding(5) + 1024)]));
    expect(sh("tar -xOf a.tar f", directory)).toBe("hello");
    expect((await indexOf(join(directory, "a.tar"))).get("f")).toEqual({ offset: 512, size: 5 });
  });

  test("a file that was cut is refused wherever it was cut", async () => {
    const directory = scratch();
    const path = join(directory, "a.tar");
    for (const [length, sentence] of [
      [0, "ends at byte 0"],
      [100, "ends at byte 100"],
      [700, "ends within f, with 188 of 2000 bytes"],
      [512 + 2048, "ends at byte 2560"],
      [512 + 2048 + 1023, "ends at byte 3583"],
    ] as const) {
      sh("head -c 2000 /dev/zero >f && tar -cf a.tar f", directory);
      truncateSync(path, length);
      await expect(indexOf(path)).rejects.toThrow(sentence);
    }
  });

  test("what is no tar is refused", async () => {
    const directory = scratch();
    const path = join(directory, "a.tar");
    writeFileSync(path, "x".repeat(2000));
    await expect(indexOf(path)).rejects.toThrow("the header at byte 0 has a wrong checksum");
  });

  test.each(["gzip", "zstd", "xz"])("a tar packed with %s is named as such", async (tool) => {
    const directory = scratch();
    sh(`head -c 5000 /dev/urandom >f && tar -cf - f | ${tool} -1 >a.tar`, directory);
    await expect(indexOf(join(directory, "a.tar"))).rejects.toThrow(`is compressed with ${tool}`);
  });
});
