import { pipeLines } from './coding-agents.ts';
import { FLUE_COMMANDS } from './flue-commands.ts';

function indented(lines: readonly string[]): string {
	return lines.join('\n').replaceAll(/^(?=.)/gm, '  ');
}

/** What the help of each command begins with; a reader looks for an example first. */
export const EXAMPLES = {
	flue: `Examples:
  flue add daytona                     ask what to do; in a pipe, print
  flue add daytona --agent claude      start a coding agent on it
  flue add daytona | claude            pipe the instructions to one
  flue add daytona --write             write the connector, install its SDK
  flue add daytona --write --yes       the same in CI, without a question
  flue check                           is what was added still right?
  flue update                          bring it up to date, keeping edits
`,
	add: `Examples:
  flue add                             list the connectors
  flue add daytona                     ask what to do; in a pipe, print
  flue add daytona --agent claude      start a coding agent on it
  flue add daytona --dry-run           say what a write would change
  flue add daytona --write             write the connector, install its SDK
  flue add daytona --write --yes       the same in CI, without a question
  flue add daytona --write --example basic     with an agent that uses it

Pipes that work, with what each agent needs to be allowed to write:
${indented(pipeLines('flue add daytona'))}
`,
	update: `Examples:
  flue update                          ask what to do; in a pipe, print
  flue update daytona --diff           print what would change as a patch
  flue update daytona --write --yes    merge, keeping edits, without a question
`,
	check: `Examples:
  flue check                           look at all that was added
  flue check daytona --json            the findings as one JSON object
`,
} as const;

/** What the help ends with. */
export const FOREIGN_COMMANDS = `
Flue's own commands (${FLUE_COMMANDS.join(', ')}), and "add"
and "update" of what only Flue knows, are handed to the @flue/cli that the
project has installed.
`;

export const HELP_WIDTH = 80;
