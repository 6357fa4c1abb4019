import { section, type ConfigProblem } from '@longwire/kit'
import { NAMESPACE, namespaceProblem } from '@longwire/logic'
import { Type, type Static } from '@sinclair/typebox'
import { text, whole } from './keys.ts'

/** Namespaces of topics, and their bounds. */
export const TOPICS = section(
  {
    namespaces: Type.Array(
      Type.Object(
        {
          name: text('What topics begin with, before the colon'),
          history: section(
            {
              messages: whole(
                'Publications kept of each topic; 0: nothing is ever stored',
                NAMESPACE.history.messages,
                0,
              ),
              seconds: whole('How long they are kept', NAMESPACE.history.seconds),
            },
            'What is kept of each topic',
          ),
          presence: Type.Boolean({
            description: 'Whether it is told who has a topic, and who comes and goes',
            default: NAMESPACE.presence,
          }),
          subscribe: text(
            'Who may subscribe: nobody, backend (for its users), anyone, or a pattern such as user:{uid}',
            NAMESPACE.subscribe,
          ),
          publish: text(
            'Who may publish: nobody, backend, and beside it anyone or whom a pattern names',
            NAMESPACE.publish,
          ),
          recovery: Type.Boolean({
            description: 'Whether who comes back gets what it missed',
            default: NAMESPACE.recovery,
          }),
          maxSubscribers: whole(
            'Sessions that may have one topic; 0: no limit',
            NAMESPACE.maxSubscribers,
            0,
          ),
        },
        { additionalProperties: false },
      ),
      {
        description: 'Namespaces of topics; more can be set by the API',
        default: [],
        examples: [[{ name: 'news', publish: 'backend' }]],
      },
    ),
    perSession: whole('Topics that one session may have', 128),
  },
  'Topics: what is published once for many',
)

export const topicProblems = ({ namespaces }: Static<typeof TOPICS>): ConfigProblem[] =>
  namespaces.flatMap((namespace, index) => {
    const path = `topics.namespaces[${index}]`
    const twice = namespaces.findIndex(({ name }) => name === namespace.name) !== index
    const problem = twice ? `name "${namespace.name}" is there twice` : namespaceProblem(namespace)
    return problem === undefined ? [] : [{ path, problem, remedy: 'see docs/topics.md' }]
  })
