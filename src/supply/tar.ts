import type { FileHandle } from "node:fs/promises";

// The ustar format of POSIX.1-1988, regular files only: all that a layout needs.

export const blockSize = 512;
const largest = 8 ** 11 - 1;

/** Bytes of zeros that follow a content of so many bytes. */
export const padding = (size: number): number => (blockSize - (size % blockSize)) % blockSize;

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, "0")}\0`;

/**
 * The header block of a regular file owned by root, mode 0644, dated 1970: the same for every writer and every day.
 * @throws RangeError for a name of more than 100 bytes or a size of 8 GiB or more, which this header cannot hold.
 */
export const tarHeader = (name: string, size: number): Buffer => {
  if (Buffer.byteLength(name) > 100) throw new RangeError(`"${name}" is too long a name for a ustar header`);
  if (size > largest) throw new RangeError(`${name} has ${size} bytes, a ustar header holds no more than ${largest}`);
  const header = Buffer.alloc(blockSize);
  header.write(name, 0);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(0, 12), 136);
  header.write(" ".repeat(8), 148);
  header.write("0", 156);
  header.write("ustar\u000000", 257);
  header.write(octal(checksum(header), 7), 148);
  return header;
};

/** The sum of a header's bytes with its own checksum field read as blanks. */
export const checksum = (header: Uint8Array): number => {
  let sum = 8 * 0x20;
  for (const [at, byte] of header.entries()) if (at < 148 || at >= 156) sum += byte;
  return sum;
};

export interface TarWriter {
  add(name: string, content: Uint8Array): Promise<void>;
  /** Writes a content of unknown length, then asks for its name. No name: the content is dropped. */
  addStream(chunks: AsyncIterable<Uint8Array>, nameOf: () => string | undefined): Promise<void>;
  /** Ends the archive. Its length in bytes. */
  end(): Promise<number>;
}

const writeAll = async (file: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
};

/** Writes an archive into a file that is open for writing and empty. A header goes in after its content, so nothing is stored twice. */
export const tarWriter = (file: FileHandle): TarWriter => {
  let end = 0;
  const addStream: TarWriter["addStream"] = async (chunks, nameOf) => {
    const start = end + blockSize;
    let position = start;
    for await (const chunk of chunks) {
      await writeAll(file, chunk, position);
      position += chunk.length;
    }
    const name = nameOf();
    if (name === undefined) return;
    const size = position - start;
    await writeAll(file, tarHeader(name, size), end);
    await writeAll(file, Buffer.alloc(padding(size)), position);
    end = position + padding(size);
  };
  return {
    addStream,
    add: async (name, content) =>
      await addStream(
        (async function* () {
          yield content;
        })(),
        () => name,
      ),
    end: async () => {
      await file.truncate(end);
      await writeAll(file, Buffer.alloc(2 * blockSize), end);
      return end + 2 * blockSize;
    },
  };
};
