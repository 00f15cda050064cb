// Generated from UsageAudit by scripts/generate-abi.ts. Do not edit.
/** ABI of the UsageAudit contract. */
export const usageAuditAbi = [
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "manager",
        "type": "address"
      },
      {
        "internalType": "contract IPublisherRegistry",
        "name": "publishers",
        "type": "address"
      },
      {
        "internalType": "contract ILicenseRegistry",
        "name": "licenses",
        "type": "address"
      },
      {
        "internalType": "contract ILicenseCredential",
        "name": "credentials",
        "type": "address"
      }
    ],
    "stateMutability": "nonpayable",
    "type": "constructor"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "authority",
        "type": "address"
      }
    ],
    "name": "AccessManagedInvalidAuthority",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "caller",
        "type": "address"
      },
      {
        "internalType": "uint32",
        "name": "delay",
        "type": "uint32"
      }
    ],
    "name": "AccessManagedRequiredDelay",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "caller",
        "type": "address"
      }
    ],
    "name": "AccessManagedUnauthorized",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "LogId",
        "name": "log",
        "type": "bytes32"
      },
      {
        "internalType": "uint64",
        "name": "size",
        "type": "uint64"
      },
      {
        "internalType": "uint64",
        "name": "calls",
        "type": "uint64"
      },
      {
        "internalType": "uint88",
        "name": "tokens",
        "type": "uint88"
      }
    ],
    "name": "UsageAuditImplausibleCounts",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "LogId",
        "name": "log",
        "type": "bytes32"
      }
    ],
    "name": "UsageAuditMissingRoot",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "LogId",
        "name": "log",
        "type": "bytes32"
      },
      {
        "internalType": "uint64",
        "name": "current",
        "type": "uint64"
      },
      {
        "internalType": "uint64",
        "name": "size",
        "type": "uint64"
      }
    ],
    "name": "UsageAuditNotLarger",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "operator",
        "type": "address"
      },
      {
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "UsageAuditUnauthorized",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "LogId",
        "name": "log",
        "type": "bytes32"
      },
      {
        "internalType": "uint64",
        "name": "size",
        "type": "uint64"
      }
    ],
    "name": "UsageAuditUnknownCheckpoint",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "CredentialId",
        "name": "credential",
        "type": "uint256"
      }
    ],
    "name": "UsageAuditUnknownCredential",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "WritePauseNotPaused",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint40",
        "name": "until",
        "type": "uint40"
      }
    ],
    "name": "WritePausePaused",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint40",
        "name": "from",
        "type": "uint40"
      }
    ],
    "name": "WritePauseTooSoon",
    "type": "error"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": false,
        "internalType": "address",
        "name": "authority",
        "type": "address"
      }
    ],
    "name": "AuthorityUpdated",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "LogId",
        "name": "log",
        "type": "bytes32"
      },
      {
        "indexed": true,
        "internalType": "address",
        "name": "operator",
        "type": "address"
      },
      {
        "indexed": true,
        "internalType": "CredentialId",
        "name": "credential",
        "type": "uint256"
      },
      {
        "indexed": false,
        "internalType": "uint64",
        "name": "size",
        "type": "uint64"
      },
      {
        "indexed": false,
        "internalType": "bytes32",
        "name": "root",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "uint64",
        "name": "calls",
        "type": "uint64"
      },
      {
        "indexed": false,
        "internalType": "uint88",
        "name": "tokens",
        "type": "uint88"
      }
    ],
    "name": "CheckpointAnchored",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "account",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "uint40",
        "name": "until",
        "type": "uint40"
      }
    ],
    "name": "WritesPaused",
    "type": "event"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "account",
        "type": "address"
      }
    ],
    "name": "WritesResumed",
    "type": "event"
  },
  {
    "inputs": [],
    "name": "MAX_PAUSE",
    "outputs": [
      {
        "internalType": "uint40",
        "name": "",
        "type": "uint40"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "operator",
        "type": "address"
      },
      {
        "internalType": "CredentialId",
        "name": "credential",
        "type": "uint256"
      },
      {
        "internalType": "uint64",
        "name": "size",
        "type": "uint64"
      },
      {
        "internalType": "bytes32",
        "name": "root",
        "type": "bytes32"
      },
      {
        "internalType": "uint64",
        "name": "calls",
        "type": "uint64"
      },
      {
        "internalType": "uint88",
        "name": "tokens",
        "type": "uint88"
      }
    ],
    "name": "anchor",
    "outputs": [
      {
        "internalType": "LogId",
        "name": "log",
        "type": "bytes32"
      }
    ],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "authority",
    "outputs": [
      {
        "internalType": "address",
        "name": "",
        "type": "address"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "operator",
        "type": "address"
      },
      {
        "internalType": "CredentialId",
        "name": "credential",
        "type": "uint256"
      }
    ],
    "name": "hashLog",
    "outputs": [
      {
        "internalType": "LogId",
        "name": "",
        "type": "bytes32"
      }
    ],
    "stateMutability": "pure",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "isConsumingScheduledOp",
    "outputs": [
      {
        "internalType": "bytes4",
        "name": "",
        "type": "bytes4"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "LogId",
        "name": "log",
        "type": "bytes32"
      }
    ],
    "name": "latestOf",
    "outputs": [
      {
        "components": [
          {
            "internalType": "uint64",
            "name": "size",
            "type": "uint64"
          },
          {
            "internalType": "uint64",
            "name": "calls",
            "type": "uint64"
          },
          {
            "internalType": "uint88",
            "name": "tokens",
            "type": "uint88"
          },
          {
            "internalType": "uint40",
            "name": "anchoredAt",
            "type": "uint40"
          },
          {
            "internalType": "bytes32",
            "name": "root",
            "type": "bytes32"
          }
        ],
        "internalType": "struct Checkpoint",
        "name": "",
        "type": "tuple"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "pauseWrites",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "pausedUntil",
    "outputs": [
      {
        "internalType": "uint40",
        "name": "",
        "type": "uint40"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "LogId",
        "name": "log",
        "type": "bytes32"
      },
      {
        "internalType": "uint64",
        "name": "first",
        "type": "uint64"
      },
      {
        "internalType": "uint64",
        "name": "second",
        "type": "uint64"
      },
      {
        "internalType": "bytes32[]",
        "name": "proof",
        "type": "bytes32[]"
      }
    ],
    "name": "proveConsistency",
    "outputs": [
      {
        "internalType": "bool",
        "name": "",
        "type": "bool"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "LogId",
        "name": "log",
        "type": "bytes32"
      },
      {
        "internalType": "uint64",
        "name": "size",
        "type": "uint64"
      },
      {
        "internalType": "uint64",
        "name": "index",
        "type": "uint64"
      },
      {
        "internalType": "bytes32",
        "name": "leaf",
        "type": "bytes32"
      },
      {
        "internalType": "bytes32[]",
        "name": "proof",
        "type": "bytes32[]"
      }
    ],
    "name": "proveRecord",
    "outputs": [
      {
        "internalType": "bool",
        "name": "",
        "type": "bool"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [],
    "name": "resumeWrites",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "LogId",
        "name": "log",
        "type": "bytes32"
      },
      {
        "internalType": "uint64",
        "name": "size",
        "type": "uint64"
      }
    ],
    "name": "rootOf",
    "outputs": [
      {
        "internalType": "bytes32",
        "name": "root",
        "type": "bytes32"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "newAuthority",
        "type": "address"
      }
    ],
    "name": "setAuthority",
    "outputs": [],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "operator",
        "type": "address"
      },
      {
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      },
      {
        "internalType": "TierId",
        "name": "tier",
        "type": "bytes32"
      },
      {
        "internalType": "address",
        "name": "holder",
        "type": "address"
      }
    ],
    "name": "usageOf",
    "outputs": [
      {
        "components": [
          {
            "internalType": "uint64",
            "name": "calls",
            "type": "uint64"
          },
          {
            "internalType": "uint64",
            "name": "callQuota",
            "type": "uint64"
          },
          {
            "internalType": "uint88",
            "name": "tokens",
            "type": "uint88"
          },
          {
            "internalType": "uint64",
            "name": "tokenQuota",
            "type": "uint64"
          },
          {
            "internalType": "bool",
            "name": "exceeded",
            "type": "bool"
          }
        ],
        "internalType": "struct Usage",
        "name": "usage",
        "type": "tuple"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  }
] as const
