// Generated from ComplianceLens by scripts/generate-abi.ts. Do not edit.
/** ABI of the ComplianceLens contract. */
export const complianceLensAbi = [
  {
    "inputs": [
      {
        "internalType": "contract IModelRegistry",
        "name": "models",
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
      },
      {
        "internalType": "contract ILineageClaims",
        "name": "claims",
        "type": "address"
      }
    ],
    "stateMutability": "nonpayable",
    "type": "constructor"
  },
  {
    "inputs": [
      {
        "internalType": "uint256",
        "name": "bytes_",
        "type": "uint256"
      }
    ],
    "name": "CallBufferTooSmall",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint8",
        "name": "metric",
        "type": "uint8"
      }
    ],
    "name": "ComplianceLensInvalidFact",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint32",
        "name": "uses",
        "type": "uint32"
      }
    ],
    "name": "ComplianceLensInvalidUses",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      }
    ],
    "name": "ComplianceLensUnknownModel",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      }
    ],
    "name": "ancestry",
    "outputs": [
      {
        "internalType": "ModelId[]",
        "name": "result",
        "type": "bytes32[]"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "components": [
          {
            "internalType": "ModelId",
            "name": "model",
            "type": "bytes32"
          },
          {
            "internalType": "address",
            "name": "licensee",
            "type": "address"
          },
          {
            "internalType": "uint32",
            "name": "uses",
            "type": "uint32"
          },
          {
            "internalType": "uint40",
            "name": "time",
            "type": "uint40"
          },
          {
            "components": [
              {
                "internalType": "uint8",
                "name": "metric",
                "type": "uint8"
              },
              {
                "internalType": "uint128",
                "name": "value",
                "type": "uint128"
              }
            ],
            "internalType": "struct Fact[]",
            "name": "facts",
            "type": "tuple[]"
          }
        ],
        "internalType": "struct Query",
        "name": "query",
        "type": "tuple"
      }
    ],
    "name": "evaluate",
    "outputs": [
      {
        "components": [
          {
            "internalType": "enum Verdict",
            "name": "verdict",
            "type": "uint8"
          },
          {
            "internalType": "uint32",
            "name": "granted",
            "type": "uint32"
          },
          {
            "internalType": "uint32",
            "name": "possible",
            "type": "uint32"
          },
          {
            "internalType": "uint32",
            "name": "obligations",
            "type": "uint32"
          },
          {
            "internalType": "uint32",
            "name": "possibleObligations",
            "type": "uint32"
          },
          {
            "components": [
              {
                "internalType": "enum FindingCode",
                "name": "code",
                "type": "uint8"
              },
              {
                "internalType": "ModelId",
                "name": "model",
                "type": "bytes32"
              },
              {
                "internalType": "address",
                "name": "holder",
                "type": "address"
              },
              {
                "internalType": "uint32",
                "name": "rights",
                "type": "uint32"
              },
              {
                "internalType": "uint32",
                "name": "obligations",
                "type": "uint32"
              },
              {
                "internalType": "uint8",
                "name": "metric",
                "type": "uint8"
              }
            ],
            "internalType": "struct Finding[]",
            "name": "findings",
            "type": "tuple[]"
          }
        ],
        "internalType": "struct Evaluation",
        "name": "",
        "type": "tuple"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "ModelId",
        "name": "model",
        "type": "bytes32"
      },
      {
        "internalType": "address",
        "name": "licensee",
        "type": "address"
      }
    ],
    "name": "lineage",
    "outputs": [
      {
        "components": [
          {
            "internalType": "uint256",
            "name": "chainId",
            "type": "uint256"
          },
          {
            "internalType": "uint256",
            "name": "blockNumber",
            "type": "uint256"
          },
          {
            "internalType": "uint256",
            "name": "timestamp",
            "type": "uint256"
          },
          {
            "components": [
              {
                "internalType": "ModelId",
                "name": "model",
                "type": "bytes32"
              },
              {
                "internalType": "ModelRecord",
                "name": "record",
                "type": "uint256"
              },
              {
                "internalType": "uint256",
                "name": "terms",
                "type": "uint256"
              },
              {
                "internalType": "LineageEdge[]",
                "name": "parents",
                "type": "uint256[]"
              },
              {
                "components": [
                  {
                    "internalType": "TierId",
                    "name": "tier",
                    "type": "bytes32"
                  },
                  {
                    "internalType": "address",
                    "name": "holder",
                    "type": "address"
                  },
                  {
                    "internalType": "uint256",
                    "name": "terms",
                    "type": "uint256"
                  },
                  {
                    "internalType": "uint32",
                    "name": "passThrough",
                    "type": "uint32"
                  },
                  {
                    "components": [
                      {
                        "internalType": "address",
                        "name": "publisher",
                        "type": "address"
                      },
                      {
                        "internalType": "uint40",
                        "name": "validFrom",
                        "type": "uint40"
                      },
                      {
                        "internalType": "uint40",
                        "name": "validUntil",
                        "type": "uint40"
                      },
                      {
                        "internalType": "uint40",
                        "name": "gapFrom",
                        "type": "uint40"
                      },
                      {
                        "internalType": "uint40",
                        "name": "gapUntil",
                        "type": "uint40"
                      },
                      {
                        "internalType": "enum CredentialState",
                        "name": "state",
                        "type": "uint8"
                      }
                    ],
                    "internalType": "struct Credential",
                    "name": "credential",
                    "type": "tuple"
                  }
                ],
                "internalType": "struct HeldCredential[]",
                "name": "credentials",
                "type": "tuple[]"
              }
            ],
            "internalType": "struct LineageModel[]",
            "name": "models",
            "type": "tuple[]"
          },
          {
            "components": [
              {
                "internalType": "TermsId",
                "name": "terms",
                "type": "bytes32"
              },
              {
                "components": [
                  {
                    "internalType": "uint32",
                    "name": "rights",
                    "type": "uint32"
                  },
                  {
                    "internalType": "uint32",
                    "name": "unstated",
                    "type": "uint32"
                  },
                  {
                    "internalType": "uint32",
                    "name": "obligations",
                    "type": "uint32"
                  },
                  {
                    "components": [
                      {
                        "internalType": "uint8",
                        "name": "metric",
                        "type": "uint8"
                      },
                      {
                        "internalType": "uint128",
                        "name": "limit",
                        "type": "uint128"
                      },
                      {
                        "internalType": "uint32",
                        "name": "withdraws",
                        "type": "uint32"
                      },
                      {
                        "internalType": "uint32",
                        "name": "adds",
                        "type": "uint32"
                      }
                    ],
                    "internalType": "struct Threshold[]",
                    "name": "thresholds",
                    "type": "tuple[]"
                  }
                ],
                "internalType": "struct TermsBody",
                "name": "body",
                "type": "tuple"
              }
            ],
            "internalType": "struct LineageTerms[]",
            "name": "terms",
            "type": "tuple[]"
          }
        ],
        "internalType": "struct Lineage",
        "name": "",
        "type": "tuple"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  }
] as const
