/** The runbook's three lists of what is to be done after an incident. */
export const CHECKLISTS = {
  resolution: {
    title: 'Incident resolution',
    items: {
      root_cause_identified: 'Root cause identified',
      fix_applied: 'Immediate fix applied',
      service_restored: 'Service restored',
      monitoring_confirmed: 'Monitoring confirmed',
      marked_resolved: 'Incident marked as resolved',
    },
  },
  postmortem: {
    title: 'Post-mortem process',
    items: {
      timeline_documented: 'Incident timeline documented',
      root_cause_analysed: 'Root cause analysis completed',
      action_items_identified: 'Action items identified',
      prevention_planned: 'Prevention measures planned',
      report_written: 'Post-mortem report written',
    },
  },
  follow_up: {
    title: 'Follow-up actions',
    items: {
      monitoring_improved: 'Monitoring improvements',
      process_updated: 'Process updates',
      training_recommended: 'Training recommendations',
      tools_enhanced: 'Tool enhancements',
      documentation_updated: 'Documentation updates',
    },
  },
} as const;

export type ChecklistItem = {
  [List in keyof typeof CHECKLISTS]: keyof (typeof CHECKLISTS)[List]['items'];
}[keyof typeof CHECKLISTS];

/** Fifteen, in the runbook's order. */
export const CHECKLIST_ITEMS = Object.values(CHECKLISTS).flatMap(({ items }) => Object.keys(items)) as ChecklistItem[];
