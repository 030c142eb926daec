import { Command } from 'commander';
import { acknowledgeCommand, autoDetectCommand, detectCommand, noteCommand, resolveCommand } from './incident-acts.ts';
import { executeCommand, proceduresCommand, undoCommand } from './incident-execute.ts';
import { activeCommand, postmortemCommand, showCommand, statusCommand } from './incident-looks.ts';
import { notifyCommand } from './incident-notify.ts';
import { emergencyRefCommand } from './incident-reference.ts';
import { silenceCommand } from './incident-silence.ts';

export const incidentCommand = (): Command =>
  new Command('incident')
    .description('What is wrong, what may be done about it, who is told, and what was learned')
    .addHelpText(
      'after',
      '\nWhere the server is dead, status, active, show and postmortem read the record that it left.\n\nExample:\n  $ wp-chat incident active\n  $ wp-chat incident procedures 01J9ZQ4X7T8W2M6K3N5P0R1S2V\n  $ wp-chat incident execute 01J9ZQ4X7T8W2M6K3N5P0R1S2V disable_rerank --confirm',
    )
    .addCommand(statusCommand())
    .addCommand(activeCommand())
    .addCommand(showCommand())
    .addCommand(detectCommand())
    .addCommand(autoDetectCommand())
    .addCommand(proceduresCommand())
    .addCommand(executeCommand())
    .addCommand(undoCommand())
    .addCommand(acknowledgeCommand())
    .addCommand(resolveCommand())
    .addCommand(noteCommand())
    .addCommand(postmortemCommand())
    .addCommand(notifyCommand())
    .addCommand(silenceCommand())
    .addCommand(emergencyRefCommand());
