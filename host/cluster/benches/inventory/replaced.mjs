// The replaced way, as small as it can be: a pvesh for each request, so many
// requests at once, for so many seconds. Prints one line of JSON.
//
//   node replaced.mjs PROGRAM SOCKET CONCURRENCY SECONDS
//
// PROGRAM is the bench itself, which plays pvesh against a simulated cluster.
import { execFile } from "node:child_process";

const [program, socket, concurrency, seconds] = process.argv.slice(2);
const argv = ["simulate", "pvesh", "--socket", socket, "--", "get", "/cluster/resources", "--output-format", "json"];
const began = performance.now();
const until = began + Number(seconds) * 1000;
let requests = 0;

const request = () =>
  new Promise((resolve, reject) => {
    execFile(program, argv, { maxBuffer: 64 << 20 }, (error, stdout) => {
      if (error) return reject(error);
      resolve(JSON.stringify(JSON.parse(stdout)));
    });
  });

const client = async () => {
  while (performance.now() < until) {
    const answer = await request();
    if (answer.length < 100) throw new Error(`no cluster: ${answer}`);
    requests += 1;
  }
};

await Promise.all(Array.from({ length: Number(concurrency) }, client));
console.log(JSON.stringify({ requests, seconds: (performance.now() - began) / 1000 }));
