/** Program headers: sizes, places and types as in elf.h, for 64 bits. */
const headerSize = 56;
const types = { load: 1, interp: 3, note: 4, phdr: 6 } as const;

/** The largest page that a kernel for x86-64 or arm64 has, in bytes. */
const page = 0x10000;

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly align: number;
}

const readSegment = (elf: Buffer, at: number): Segment => {
  const long = (index: number): number => Number(elf.readBigUInt64LE(at + 8 * index));
  const [type, flags] = [elf.readUInt32LE(at), elf.readUInt32LE(at + 4)];
  return { type, flags, offset: long(1), address: long(2), fileSize: long(4), memorySize: long(5), align: long(6) };
};

const segmentBytes = ({ type, flags, offset, address, fileSize, memorySize, align }: Segment): Buffer => {
  const bytes = Buffer.alloc(headerSize);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(flags, 4);
  for (const [index, value] of [offset, address, address, fileSize, memorySize, align].entries()) {
    bytes.writeBigUInt64LE(BigInt(value), 8 + 8 * index);
  }
  return bytes;
};

const noteBytes = (name: string, content: Buffer): Buffer => {
  const label = Buffer.alloc(roundUp(name.length + 1, 4));
  label.write(name);
  const head = Buffer.alloc(12); // the lengths of name and content, and a type that nobody asks for
  head.writeUInt32LE(name.length + 1, 0);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, label, content, Buffer.alloc(roundUp(content.length, 4) - content.length)]);
};

/** The only segment of a type. @throws Error when there is none, or more than one */
const only = (segments: readonly Segment[], type: number): Segment => {
  const [found, ...more] = segments.filter((segment) => segment.type === type);
  if (found === undefined || more.length > 0)
    throw new Error(`the program has ${more.length === 0 ? "no" : "several"} segments of type ${type}`);
  return found;
};

/**
 * Gives a program (ELF, 64 bits, little endian) a note that it can read at run time, and leaves out what is never loaded: symbols and what debuggers
 * read, an eighth of Node.js.
 *
 * The note needs a segment more, so the table of segments grows by one entry. Linkers put the interpreter's name and the program's notes right
 * behind that table; these move to the new segment at the end, and the table stays where kernels of any age look for it.
 * @throws Error when the program is laid out otherwise
 */
export const addNote = (program: Buffer, name: string, content: Buffer): Buffer => {
  if (program.readUInt32BE(0) !== 0x7f454c46 || program.readUInt16LE(4) !== 0x0102)
    throw new Error("this is no 64 bit little endian ELF program");
  const [table, count] = [Number(program.readBigUInt64LE(32)), program.readUInt16LE(56)];
  const segments = Array.from({ length: count }, (_, index) => readSegment(program, table + index * headerSize));
  const [interp, note, tableEnd] = [only(segments, types.interp), only(segments, types.note), table + count * headerSize];
  const isBehind = interp.offset === tableEnd && note.offset === roundUp(interp.offset + interp.fileSize, note.align);
  if (!isBehind || note.offset + note.fileSize < tableEnd + headerSize)
    throw new Error("there is no room for a segment more in this program");

  const loads = segments.filter(({ type }) => type === types.load);
  const end = Math.max(...loads.map(({ offset, fileSize }) => offset + fileSize));
  const offset = roundUp(end, page);
  const address = roundUp(Math.max(...loads.map((load) => load.address + load.memorySize)), page);
  const bytesOf = (segment: Segment): Buffer => program.subarray(segment.offset, segment.offset + segment.fileSize);
  const notes = Buffer.concat([bytesOf(note), noteBytes(name, content)]);
  const notesAt = roundUp(interp.fileSize, 8);
  const added = Buffer.concat([bytesOf(interp), Buffer.alloc(notesAt - interp.fileSize), notes]);
  const place = (at: number, size: number) => ({ offset: offset + at, address: address + at, fileSize: size, memorySize: size });

  const moved = segments.flatMap((segment) => {
    if (segment === interp) return { ...segment, ...place(0, interp.fileSize) };
    if (segment === note) return { ...segment, ...place(notesAt, notes.length) };
    if (segment.type === types.phdr)
      return { ...segment, fileSize: segment.fileSize + headerSize, memorySize: segment.memorySize + headerSize };
    // Segments that are loaded stand in the order of their addresses.
    if (segment === loads.at(-1)) return [segment, { type: types.load, flags: 4, align: page, ...place(0, added.length) }];
    return segment;
  });
  const result = Buffer.concat([program.subarray(0, end), Buffer.alloc(offset - end), added]);
  Buffer.concat(moved.map(segmentBytes)).copy(result, table);
  result.writeUInt16LE(moved.length, 56);
  // Sections, of which the kernel knows nothing, are gone with the symbols.
  result.writeBigUInt64LE(0n, 40);
  result.writeUInt16LE(0, 60);
  result.writeUInt16LE(0, 62);
  return result;
};
