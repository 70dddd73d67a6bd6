import type { PulledImage } from "../../actions/pull-images.ts";

interface Pulled {
  readonly images: readonly PulledImage[];
  readonly bundle?: string;
}

/** What became of each image, a line each. */
export const pulledText = ({ images, bundle = "" }: Pulled): string =>
  images
    .map(({ name, what }) => {
      if (what.how === "there") return `${name} was there\n`;
      if (what.how === "imported") return `${name} was imported from ${bundle}\n`;
      if (what.how === "failed") return `${name} could not be had: ${what.why || "its registry did not answer"}\n`;
      return `${name} was pulled from its registry\n`;
    })
    .join("");
