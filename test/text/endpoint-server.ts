import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What came in one request. */
export interface Asked {
  readonly path: string;
  readonly key: string | undefined;
  readonly body: { input: string[]; model: string; dimensions?: number; messages?: { content: string }[] };
}

/** Answers a request; `true` means that the usual answer should follow. */
export type Behaviour = (asked: Asked, response: ServerResponse, count: number) => boolean | undefined;

/** The vector of a text: three numbers that tell texts apart. */
export const vectorOf = (text: string): number[] => {
  let hash = 7;
  for (const c of text) hash = (hash * 31 + c.codePointAt(0)!) % 1009;
  return [1 + (hash % 10), 1 + (Math.floor(hash / 10) % 10), 1 + Math.floor(hash / 100)];
};

/** The usual answer of an embeddings endpoint. */
export const answerTo = (input: readonly string[]) => ({
  data: input.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text) })),
  usage: { total_tokens: input.length * 5 },
});

/** An OpenAI-compatible server on this machine that misbehaves as it is told. */
export class EndpointServer {
  readonly asked: Asked[] = [];
  /** Requests in flight now, and at most. */
  running = 0;
  most = 0;
  behaviour: Behaviour = () => true;
  private server: Server | undefined;

  async start(): Promise<void> {
    this.server = createServer((request, response) => void this.handle(request, response));
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
  }
  get url(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}/v1`;
  }
  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const asked = {
      path: request.url!,
      key: request.headers.authorization,
      body: JSON.parse(Buffer.concat(chunks).toString()),
    };
    this.most = Math.max(this.most, ++this.running);
    response.on('close', () => this.running--);
    this.asked.push(asked);
    if (this.behaviour(asked, response, this.asked.length)) sendJson(response, answerTo(asked.body.input));
  }
}

export function sendJson(response: ServerResponse, value: unknown, status = 200, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}
