// A server of the replaced kind, as small as it can be: a pvesh for each
// request. Prints its port.
//
//   node replaced.mjs PROGRAM FILE
//
// PROGRAM is the bench itself, which plays pvesh and tells what is in FILE.
import { execFile } from "node:child_process";
import { createServer } from "node:http";

const [program, file] = process.argv.slice(2);

const server = createServer((request, response) => {
  execFile(program, ["pvesh", file], { maxBuffer: 64 << 20 }, (error, stdout) => {
    response.setHeader("content-type", "application/json");
    if (error) response.statusCode = 500;
    response.end(error ? "{}" : JSON.stringify(JSON.parse(stdout)));
  });
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
