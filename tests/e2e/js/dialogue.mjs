// One JSON command per line from standard input, one JSON answer per line to standard output.

import readline from 'node:readline';

/// Answers until the input ends; `commands` has a function for each value of a command's `do`.
export async function converse(commands) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    let answer;
    try {
      answer = await commands[command.do](command);
    } catch (error) {
      answer = { error: String(error), cause: String(error.cause?.message ?? JSON.stringify(error.cause) ?? '') };
    }
    console.log(JSON.stringify(answer));
  }
}
