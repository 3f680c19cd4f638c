export interface PngProps {
  /** In base64. */
  readonly png: string;
  readonly alt: string;
  readonly width: number;
  readonly height: number;
}

/** A picture that a report holds. What is not base64 shows nothing, and asks no server. */
export function Png({ png, alt, width, height }: PngProps) {
  const data = /^[A-Za-z0-9+/]+={0,2}$/.test(png) ? png : "";
  return <img src={`data:image/png;base64,${data}`} alt={alt} width={width} height={height} />;
}
